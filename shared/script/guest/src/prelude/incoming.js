// What `http` makes of a response.

import { take } from "hookpoint:body";
import { Readable } from "node:stream";

export const METHODS = [
  "ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL",
  "MOVE", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE",
  "TRACE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
];

export const STATUS_CODES = {
  100: "Continue", 101: "Switching Protocols", 102: "Processing", 103: "Early Hints", 200: "OK", 201: "Created", 202: "Accepted",
  203: "Non-Authoritative Information", 204: "No Content", 205: "Reset Content", 206: "Partial Content", 207: "Multi-Status", 208: "Already Reported",
  226: "IM Used", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 305: "Use Proxy",
  307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
  404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict",
  410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Payload Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
  416: "Range Not Satisfiable", 417: "Expectation Failed", 418: "I'm a Teapot", 421: "Misdirected Request", 422: "Unprocessable Entity", 423: "Locked",
  424: "Failed Dependency", 425: "Too Early", 426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
  431: "Request Header Fields Too Large", 451: "Unavailable For Legal Reasons", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
  503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported", 506: "Variant Also Negotiates", 507: "Insufficient Storage",
  508: "Loop Detected", 509: "Bandwidth Limit Exceeded", 510: "Not Extended", 511: "Network Authentication Required",
};

/** Of these, the first one counts. */
const SINGLE = new Set([
  "age", "authorization", "content-length", "content-type", "etag", "expires", "from", "host", "if-modified-since", "if-unmodified-since",
  "last-modified", "location", "max-forwards", "proxy-authorization", "referer", "retry-after", "server", "user-agent",
]);

export class IncomingMessage extends Readable {
  constructor(socket) {
    super();
    Object.assign(this, {
      socket, connection: socket, httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1, complete: false, aborted: false, rawHeaders: [],
      headers: {}, rawTrailers: [], trailers: {}, upgrade: false, url: "", method: null, statusCode: null, statusMessage: null,
    });
  }
  /** Fills it from a response of `fetch`, whose body is complete. */
  receive(response, request) {
    this.req = request;
    this.statusCode = response.status;
    this.statusMessage = response.statusText || (STATUS_CODES[response.status] ?? "");
    for (const [name, value] of response.headers) {
      this.rawHeaders.push(name, value);
      if (name === "set-cookie") (this.headers[name] ??= []).push(value);
      else if (SINGLE.has(name)) this.headers[name] ??= value;
      else this.headers[name] = name in this.headers ? `${this.headers[name]}, ${value}` : value;
    }
    const bytes = take(response);
    if (bytes.length > 0) this.push(bytes);
    this.push(null);
    this.complete = true;
  }
  _read() {}
  get headersDistinct() { return Object.fromEntries(Object.entries(this.headers).map(([name, value]) => [name, [value].flat()])); }
  setTimeout(delay, callback) {
    if (callback) this.on("timeout", callback);
    return this;
  }
}
