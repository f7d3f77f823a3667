// Endpoints of any vendor: host and path are parameters, and replies have no documented form.

import { url } from "./query";
import { type Reply, VendorError } from "./request";

/**
 * The URL of a path, which may have a query, at a host. Whatever the path holds, it is never one at another host. `port` is left out
 * when it is that of https.
 */
export function endpoint(host: string | undefined, path: string, port = "443"): string {
  const origin = url`https://${host ?? ""}:${port}`;
  const parsed = URL.parse(`${origin}/${path.replace(/^[/\\]+/, "")}`);
  if (!host || parsed?.hostname !== host || parsed.username !== "") {
    throw new Error(`\`${host ?? ""}\` with the path \`${path}\` is no endpoint`);
  }
  return parsed.href;
}

/**
 * Throws unless a reply with a good status says that the request was taken: 201, 202, 204, or JSON without a failure in it. An empty 200
 * and a page may come from a proxy.
 */
export function confirmed(vendor: string, { status, json }: Reply): void {
  if (status === 201 || status === 202 || status === 204) return;
  if (json === undefined) throw new VendorError(vendor, status, `answered ${status} without JSON`);
  // Axiom takes some events and counts the others.
  if (failureInside(json) !== undefined || json.failed > 0) throw new VendorError(vendor, status, `answered ${status} with a failure inside`);
}

/** A word for a failure that JSON with a good status reports, as Elastic and others do; `undefined` when there is none. */
export function failureInside(json: any): string | undefined {
  const { errors } = json;
  const hasErrors = errors === true || (typeof errors === "object" && errors !== null && Object.keys(errors).length > 0);
  if (!hasErrors && json.success !== false && json.ok !== false && !json.error) return undefined;
  return typeof json.error === "string" ? json.error : "failure-inside";
}
