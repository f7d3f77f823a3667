// node:url: the WHATWG classes, and the `url` package for the older interface.

import { URL, URLSearchParams } from "hookpoint:url";
import { coded } from "node:buffer";
import { toUnicode } from "node:punycode";
import base from "package:url";

export const { Url, parse, resolve, resolveObject } = base;

export function format(url, options = {}) {
  if (!(url instanceof URL)) return base.format(url);
  const { auth = true, fragment = true, search = true, unicode = false } = options ?? {};
  const host = unicode ? toUnicode(url.hostname) + (url.port ? `:${url.port}` : "") : url.host;
  const user = auth && (url.username || url.password) ? `${url.username}${url.password ? `:${url.password}` : ""}@` : "";
  const slashes = url.host || url.protocol === "file:" ? "//" : "";
  return `${url.protocol}${slashes}${user}${host}${url.pathname}${search ? url.search : ""}${fragment ? url.hash : ""}`;
}

export const domainToASCII = (domain) => URL.parse(`ws://${domain}`)?.hostname ?? "";
export const domainToUnicode = (domain) => toUnicode(domainToASCII(domain));

export function fileURLToPath(path) {
  const url = typeof path === "string" ? new URL(path) : path;
  if (url.protocol !== "file:") throw coded(TypeError, "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
  if (url.hostname !== "") throw coded(TypeError, "ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(url.pathname)) throw coded(TypeError, "ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
  return decodeURIComponent(url.pathname);
}

export function pathToFileURL(path) {
  const absolute = String(path).startsWith("/") ? String(path) : `/${path}`;
  const url = new URL("file:///");
  url.pathname = absolute.replace(/%/g, "%25").replace(/\\/g, "%5C").replace(/\n/g, "%0A").replace(/\r/g, "%0D").replace(/\t/g, "%09").replace(/\?/g, "%3F").replace(/#/g, "%23");
  return url;
}

export function urlToHttpOptions(url) {
  const options = {
    protocol: url.protocol,
    hostname: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    hash: url.hash, search: url.search, pathname: url.pathname, path: `${url.pathname}${url.search}`, href: url.href,
  };
  if (url.port !== "") options.port = Number(url.port);
  if (url.username || url.password) options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return options;
}

export { URL, URLSearchParams };
export default {
  URL, URLSearchParams, Url, domainToASCII, domainToUnicode, fileURLToPath, format, parse, pathToFileURL, resolve, resolveObject, urlToHttpOptions,
};
