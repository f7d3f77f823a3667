// Endpoints whose host and path are parameters.

import { url } from "./query";

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
