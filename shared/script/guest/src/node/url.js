// node:url.

import { URL, URLSearchParams } from "hookpoint:url";
import querystring from "node:querystring";

const MEMBERS = ["protocol", "host", "hostname", "port", "pathname", "search", "hash", "href"];

/** The old form: parts as an object, `null` where there is none. */
export function parse(text, withQuery = false) {
  const parts = { protocol: null, slashes: null, auth: null, host: null, port: null, hostname: null, hash: null, search: null, query: null, pathname: null, path: null, href: text };
  let url = URL.parse(text);
  const relative = url === null;
  if (relative) url = new URL(text, "http://relative.invalid");
  for (const member of MEMBERS) if (url[member] !== "") parts[member] = url[member];
  parts.slashes = true;
  if (url.username) parts.auth = decodeURIComponent(url.username) + (url.password ? `:${decodeURIComponent(url.password)}` : "");
  if (relative) {
    for (const member of ["protocol", "slashes", "auth", "host", "port", "hostname"]) parts[member] = null;
    if (!text.startsWith("/")) parts.pathname = parts.pathname?.slice(1) || null;
    parts.href = text;
  }
  const query = parts.search?.slice(1) ?? null;
  parts.query = withQuery ? querystring.parse(query ?? "") : query;
  parts.path = parts.pathname === null && parts.search === null ? null : (parts.pathname ?? "") + (parts.search ?? "");
  return parts;
}

export function format(url) {
  if (typeof url === "string") return format(parse(url));
  if (url instanceof URL) return url.href;
  const protocol = url.protocol ? (url.protocol.endsWith(":") ? url.protocol : `${url.protocol}:`) : "";
  const auth = url.auth ? `${encodeURIComponent(url.auth).replace("%3A", ":")}@` : "";
  const host = url.host ?? (url.hostname ? url.hostname + (url.port ? `:${url.port}` : "") : null);
  const query = url.query && typeof url.query === "object" ? querystring.stringify(url.query) : "";
  const search = url.search ?? (query ? `?${query}` : "");
  const slashes = host !== null && (url.slashes || /^(?:https?|ftp|wss?):$/.test(protocol)) ? "//" : "";
  const mark = (text, sign) => (text && !text.startsWith(sign) ? sign + text : text ?? "");
  return protocol + slashes + (host === null ? "" : auth + host) + (url.pathname ?? "") + mark(search, "?") + mark(url.hash, "#");
}

export function resolve(from, to) {
  const url = new URL(to, new URL(from, "resolve://"));
  return url.protocol === "resolve:" ? url.pathname + url.search + url.hash : url.href;
}

export const domainToASCII = (domain) => URL.parse(`http://${domain}`)?.hostname ?? "";
export const fileURLToPath = () => { throw new Error("there are no files in the sandbox"); };
export const pathToFileURL = fileURLToPath;

export { URL, URLSearchParams };
export default { URL, URLSearchParams, parse, format, resolve, domainToASCII, fileURLToPath, pathToFileURL };
