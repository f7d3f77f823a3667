// node:http, the client: a request is one guarded `fetch`, made when the request ends.

import { absent, absentClass } from "hookpoint:absent";
import { fetch } from "hookpoint:fetch";
import EventEmitter from "node:events";
import { IncomingMessage, METHODS, STATUS_CODES } from "hookpoint:incoming";
import { Buffer, coded, received } from "node:buffer";
import { Writable } from "node:stream";
import { URL, urlToHttpOptions } from "node:url";

/** Accepted, and without influence: connections are the host's. */
export class Agent extends EventEmitter {
  constructor(options = {}) {
    super();
    this.options = { ...options };
    this.requests = {};
    this.sockets = {};
    this.freeSockets = {};
    this.keepAlive = Boolean(options.keepAlive);
    this.keepAliveMsecs = options.keepAliveMsecs ?? 1000;
    this.maxSockets = options.maxSockets ?? Infinity;
    this.maxFreeSockets = options.maxFreeSockets ?? 256;
    this.maxTotalSockets = options.maxTotalSockets ?? Infinity;
    this.scheduling = options.scheduling ?? "lifo";
    this.defaultPort = 80;
    this.protocol = "http:";
  }
  getName({ host = "localhost", port = "", localAddress = "" } = {}) { return `${host}:${port}:${localAddress}`; }
  destroy() {}
}
Agent.prototype.createConnection = absent("http.Agent.createConnection");
export const globalAgent = new Agent();

/** What code asks of a socket: there is none, so nothing happens. */
class Socket extends EventEmitter {
  constructor(encrypted) {
    super();
    Object.assign(this, { encrypted, authorized: encrypted, connecting: false, destroyed: false, readable: true, writable: true, remoteAddress: undefined, remotePort: undefined, bytesRead: 0, bytesWritten: 0 });
  }
  setKeepAlive() { return this; }
  setNoDelay() { return this; }
  setTimeout() { return this; }
  ref() { return this; }
  unref() { return this; }
  cork() {}
  uncork() {}
  address() { return {}; }
  destroy() { this.destroyed = true; return this; }
  end() { return this; }
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What the host sets itself. */
const OWN = new Set(["accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);

function checkedName(name) {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw coded(TypeError, "ERR_INVALID_HTTP_TOKEN", `Header name must be a valid HTTP token ["${name}"]`);
  }
  return name;
}

function checkedValue(name, value) {
  if (value === undefined) throw coded(TypeError, "ERR_HTTP_INVALID_HEADER_VALUE", `Invalid value "undefined" for header "${name}"`);
  for (const each of [value].flat()) {
    if (/[^\t\x20-\x7e\x80-\xff]/.test(String(each))) {
      throw coded(TypeError, "ERR_INVALID_CHAR", `Invalid character in header content ["${name}"]`);
    }
  }
  return value;
}

/** The arguments of `request`: a URL, options, a callback, each of which may be absent. */
function normalized(values) {
  let [input, options, callback] = values;
  let base = {};
  if (typeof input === "string") base = urlToHttpOptions(new URL(input));
  else if (input instanceof URL) base = urlToHttpOptions(input);
  else [options, callback] = [input, options];
  if (typeof options === "function") [options, callback] = [{}, options];
  return { options: { ...base, ...options }, callback };
}

export class OutgoingMessage extends Writable {
  #headers = new Map();
  headersSent = false;
  setHeader(name, value) {
    if (this.headersSent) throw coded(Error, "ERR_HTTP_HEADERS_SENT", "Cannot set headers after they are sent to the client");
    checkedName(name);
    this.#headers.set(name.toLowerCase(), [name, checkedValue(name, value)]);
    return this;
  }
  appendHeader(name, value) {
    const held = this.getHeader(name);
    return this.setHeader(name, held === undefined ? value : [held, value].flat());
  }
  setHeaders(headers) {
    for (const [name, value] of headers) this.setHeader(name, value);
    return this;
  }
  getHeader(name) { return this.#headers.get(String(name).toLowerCase())?.[1]; }
  hasHeader(name) { return this.#headers.has(String(name).toLowerCase()); }
  removeHeader(name) { this.#headers.delete(String(name).toLowerCase()); }
  getHeaders() { return Object.assign(Object.create(null), Object.fromEntries([...this.#headers].map(([key, [, value]]) => [key, value]))); }
  getHeaderNames() { return [...this.#headers.keys()]; }
  getRawHeaderNames() { return [...this.#headers.values()].map(([name]) => name); }
  flushHeaders() {}
  addTrailers() { throw new Error("http.OutgoingMessage.addTrailers is not supported in the sandbox"); }
}

export class ClientRequest extends OutgoingMessage {
  #parts = [];
  #timer;
  #controller = new AbortController();
  #responded = false;
  constructor(scheme, agent, values) {
    if (typeof scheme !== "string" || !Array.isArray(values)) [scheme, agent, values] = ["http:", globalAgent, [scheme, agent, values]];
    // It lives on until its response is read.
    super({ autoDestroy: false });
    const { options, callback } = normalized(values);
    for (const name of ["socketPath", "createConnection"]) {
      if (options[name] && !(options.agent && name === "createConnection")) throw new Error(`http: the option ${name} is not supported in the sandbox`);
    }
    const protocol = options.protocol ?? options.agent?.protocol ?? scheme;
    const expected = options.agent?.protocol ?? scheme;
    if (protocol !== expected) {
      throw coded(TypeError, "ERR_INVALID_PROTOCOL", `Protocol "${protocol}" not supported. Expected "${expected}"`);
    }
    const path = options.path ?? "/";
    if (/[\0-\x20\x7f-\uffff]/.test(path)) throw coded(TypeError, "ERR_UNESCAPED_CHARACTERS", "Request path contains unescaped characters");
    const method = options.method ?? "GET";
    if (typeof method !== "string") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "options.method" property must be of type string. ${received(method)}`);
    if (!NAME.test(method)) throw coded(TypeError, "ERR_INVALID_HTTP_TOKEN", `Method must be a valid HTTP token ["${method}"]`);
    const host = options.hostname ?? options.host ?? "localhost";
    const port = options.port ?? options.defaultPort ?? options.agent?.defaultPort;
    const isDefault = port === undefined || port === null || port === "" || Number(port) === (protocol === "https:" ? 443 : 80);
    const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    this.protocol = protocol;
    this.host = host;
    this.method = method.toUpperCase();
    this.path = path;
    this.agent = options.agent === false ? new Agent() : options.agent ?? agent;
    this.aborted = false;
    this.reusedSocket = false;
    this.maxHeadersCount = null;
    this.res = null;
    this.socket = this.connection = new Socket(protocol === "https:");
    this.url = `${protocol}//${name}${isDefault ? "" : `:${port}`}${path}`;
    const headers = options.headers ?? {};
    if (Array.isArray(headers)) {
      const pairs = Array.isArray(headers[0]) ? headers : Array.from({ length: headers.length / 2 }, (_, index) => headers.slice(2 * index, 2 * index + 2));
      for (const [key, value] of pairs) this.appendHeader(key, value);
    } else {
      for (const key of Object.keys(headers)) this.setHeader(key, headers[key]);
    }
    if (options.setHost !== false && !this.hasHeader("host")) this.setHeader("Host", isDefault ? name : `${name}:${port}`);
    if (options.auth && !this.hasHeader("authorization")) this.setHeader("Authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`);
    if (callback) this.once("response", callback);
    if (options.timeout) this.setTimeout(options.timeout);
    if (options.signal) {
      if (options.signal.aborted) queueMicrotask(() => this.destroy(abortError(options.signal)));
      else options.signal.addEventListener("abort", () => this.destroy(abortError(options.signal)), { once: true });
    }
    queueMicrotask(() => {
      if (this.destroyed) return;
      this.emit("socket", this.socket);
      this.socket.emit("connect");
      if (protocol === "https:") this.socket.emit("secureConnect");
    });
  }
  _write(chunk, encoding, done) {
    this.#parts.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
    done();
  }
  _final(done) {
    this.headersSent = true;
    done();
    this.#send().catch((error) => this.destroy(error));
  }
  async #send() {
    const headers = [];
    const given = this.getHeaders();
    for (const [index, key] of this.getHeaderNames().entries()) {
      if (OWN.has(key)) continue;
      const values = [given[key]].flat();
      if (key === "cookie") headers.push([this.getRawHeaderNames()[index], values.join("; ")]);
      else for (const value of values) headers.push([this.getRawHeaderNames()[index], String(value)]);
    }
    const body = this.#parts.length === 0 ? undefined : Buffer.concat(this.#parts);
    // `Request` refuses bodies of GET; Node sends them.
    if (body && body.length > 0 && /^(?:GET|HEAD)$/.test(this.method)) {
      throw new Error(`http: a ${this.method} request with a body is not supported in the sandbox`);
    }
    let response;
    try {
      response = await fetch(this.url, {
        method: this.method, headers, redirect: "manual", signal: this.#controller.signal, ...(body && { body }),
      });
    } catch (error) {
      if (this.destroyed) return;
      throw failure(error, this);
    }
    if (this.destroyed) return;
    this.#stopTimer();
    const message = new IncomingMessage(this.socket);
    message.receive(response, this);
    this.res = message;
    this.#responded = true;
    message.once("close", () => { if (!this.destroyed) this.destroy(); });
    if (!this.emit("response", message)) message.resume();
  }
  setTimeout(delay, callback) {
    this.timeout = delay;
    if (callback) this.once("timeout", callback);
    this.#stopTimer();
    if (delay > 0 && !this.#responded) this.#timer = setTimeout(() => { this.emit("timeout"); this.socket.emit("timeout"); }, delay);
    return this;
  }
  #stopTimer() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
  _destroy(error, done) {
    this.#stopTimer();
    if (!this.#responded) {
      this.#controller.abort();
      error ??= coded(Error, "ECONNRESET", "socket hang up");
    }
    this.socket.destroyed = true;
    if (this.res && !this.res.complete) this.res.destroy(error ?? undefined);
    done(error);
  }
  abort() {
    if (this.aborted) return;
    this.aborted = true;
    queueMicrotask(() => this.emit("abort"));
    this.destroy();
  }
  setNoDelay() { return this; }
  setSocketKeepAlive() { return this; }
  onSocket() {}
}

function abortError(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

/** What a failed `fetch` is called here. A refusal stays what it is. */
function failure(error, request) {
  const codes = { dns: "ENOTFOUND", connection: "ECONNREFUSED", timeout: "ETIMEDOUT" };
  const code = codes[error.code];
  if (!code) return error;
  return Object.assign(new Error(`${error.message}`, { cause: error }), { code, syscall: code === "ENOTFOUND" ? "getaddrinfo" : "connect", hostname: request.host });
}

export function request(...values) { return new ClientRequest("http:", globalAgent, values); }
export function get(...values) {
  const made = request(...values);
  made.end();
  return made;
}

export const validateHeaderName = (name) => { checkedName(name); };
export const validateHeaderValue = (name, value) => { checkedValue(name, value); };
export const maxHeaderSize = 16384;
export const createServer = absent("http.createServer");
export const Server = absentClass("http.Server");
export const ServerResponse = absentClass("http.ServerResponse");
export const setMaxIdleHTTPParsers = () => {};
export { IncomingMessage, METHODS, STATUS_CODES };
export default {
  Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, STATUS_CODES, Server, ServerResponse, createServer, get, globalAgent, maxHeaderSize,
  request, setMaxIdleHTTPParsers, validateHeaderName, validateHeaderValue,
};
