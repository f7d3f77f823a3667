// Requests to AWS, signed with Signature Version 4.

import { hmac, sha256 } from "./hash";
import { type Outgoing } from "./request";

/** Long-lived keys of an IAM user that may do only what the hook does. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** For `sign` of a call. `now` is for tests. */
export function signed(
  keys: Keys,
  region: string,
  service: string,
  now = () => new Date(),
): (request: Outgoing) => Promise<Record<string, string>> {
  return async ({ method, url, headers, body }) => {
    const { host, pathname, searchParams } = new URL(url);
    const moment = now()
      .toISOString()
      .replace(/[-:]|\.\d{3}/g, "");
    const day = moment.slice(0, 8);
    const bodyHash = sha256(body);
    const all: Record<string, string> = { host, "x-amz-date": moment };
    if (service === "s3") all["x-amz-content-sha256"] = bodyHash;
    if (keys.sessionToken) all["x-amz-security-token"] = keys.sessionToken;
    for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = value.trim().replace(/ +/g, " ");
    const names = Object.keys(all).sort();
    const canonical = [
      method,
      // S3 signs the path as it is sent, all others sign it encoded once more.
      service === "s3" ? pathname : pathname.split("/").map(encoded).join("/"),
      canonicalQuery(searchParams),
      ...names.map((name) => `${name}:${all[name]}`),
      "",
      names.join(";"),
      bodyHash,
    ].join("\n");
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = ["AWS4-HMAC-SHA256", moment, scope, sha256(canonical)].join("\n");
    let key = hmac(`AWS4${keys.secretAccessKey}`, day);
    for (const part of [region, service, "aws4_request"]) key = hmac(key, part);
    const signature = hmac(key, text).toString("hex");
    delete all.host;
    all.authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return all;
  };
}

/** A call of an AWS service with a JSON protocol: `X-Amz-Target`, and the version that its `Content-Type` names. */
export function jsonHeaders(target: string, version: "1.0" | "1.1"): Record<string, string> {
  return { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target };
}

function canonicalQuery(parameters: URLSearchParams): string {
  const pairs = [...parameters].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.sort().join("&");
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
