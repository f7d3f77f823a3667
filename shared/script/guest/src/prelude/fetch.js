// fetch, Request, Response. The request itself is made by the host of the sandbox, which decides whether it may be.

import { bytesOf, utf8 } from "hookpoint:encoding";
import { AbortSignal } from "hookpoint:abort";
import { Headers } from "hookpoint:headers";
import { URL, URLSearchParams } from "hookpoint:url";

const host = globalThis.__host;
const waiting = new Map();
const refusals = new WeakSet();
const none = new Uint8Array(0);

/** A body as bytes, with the content type that it implies. */
function encodeBody(body) {
  if (body == null) return { bytes: none, type: null };
  if (typeof body === "string") return { bytes: utf8(body), type: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return { bytes: utf8(body.toString()), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { bytes: bytesOf(body).slice(), type: null };
  return { bytes: utf8(body), type: "text/plain;charset=UTF-8" };
}

class Body {
  #bytes = none;
  #present = false;
  #used = false;
  static fill(target, bytes, present) {
    target.#bytes = bytes;
    target.#present = present;
  }
  static take(target) {
    if (target.#used) throw new TypeError("the body was already read");
    target.#used = target.#present;
    return target.#bytes;
  }
  static peek(target) {
    if (target.#used) throw new TypeError("the body was already read");
    return { bytes: target.#bytes, present: target.#present };
  }
  get bodyUsed() { return this.#used; }
  get body() { return null; }
  async arrayBuffer() { return take(this).slice().buffer; }
  async bytes() { return take(this).slice(); }
  async text() { return new TextDecoder().decode(take(this)); }
  async json() { return JSON.parse(await this.text()); }
}
const { fill, take, peek } = Body;
for (const name of ["fill", "take", "peek"]) delete Body[name];

const REDIRECTS = ["follow", "error", "manual"];
const METHODS = /^(?:delete|get|head|options|patch|post|put)$/i;

export class Request extends Body {
  constructor(input, init = {}) {
    super();
    const other = input instanceof Request ? input : null;
    this.url = other ? other.url : new URL(input).href;
    const { username, password } = new URL(this.url);
    if (username || password) throw new TypeError("a URL for fetch has no user name and no password");
    const method = String(init.method ?? other?.method ?? "GET");
    this.method = METHODS.test(method) ? method.toUpperCase() : method;
    this.headers = new Headers(init.headers ?? other?.headers);
    this.signal = init.signal ?? other?.signal ?? null;
    if (this.signal !== null && !(this.signal instanceof AbortSignal)) throw new TypeError("signal is not an AbortSignal");
    this.redirect = String(init.redirect ?? other?.redirect ?? "follow");
    if (!REDIRECTS.includes(this.redirect)) throw new TypeError(`redirect is "follow", "error" or "manual", not ${JSON.stringify(this.redirect)}`);
    const given = init.body != null;
    if ((given || other?.method === undefined) && given && /^(?:GET|HEAD)$/.test(this.method)) {
      throw new TypeError(`a ${this.method} request has no body`);
    }
    const { bytes, type } = given ? encodeBody(init.body) : { bytes: other ? peek(other).bytes : none, type: null };
    fill(this, bytes, given || (other !== null && peek(other).present));
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }
  clone() { return new Request(this); }
  get [Symbol.toStringTag]() { return "Request"; }
}

const NO_BODY = [101, 204, 205, 304];

export class Response extends Body {
  constructor(body = null, { status = 200, statusText = "", headers } = {}) {
    super();
    if (!(status >= 200 && status <= 599)) throw new RangeError(`${status} is no status`);
    if (body !== null && NO_BODY.includes(status)) throw new TypeError(`a response with status ${status} has no body`);
    this.status = status;
    this.statusText = String(statusText);
    this.headers = new Headers(headers);
    this.url = "";
    this.redirected = false;
    this.type = "default";
    const { bytes, type } = encodeBody(body);
    fill(this, bytes, body !== null);
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }
  get ok() { return this.status >= 200 && this.status <= 299; }
  clone() {
    const { bytes, present } = peek(this);
    const copy = new Response(null, { status: this.status, statusText: this.statusText, headers: this.headers });
    copy.url = this.url;
    copy.redirected = this.redirected;
    copy.type = this.type;
    fill(copy, bytes, present);
    return copy;
  }
  static json(data, init = {}) {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(data), { ...init, headers });
  }
  static error() { throw new TypeError("Response.error is not supported"); }
  get [Symbol.toStringTag]() { return "Response"; }
}

export async function fetch(input, init) {
  const request = new Request(input, init);
  const { signal } = request;
  signal?.throwIfAborted();
  const id = host.fetch(request.method, request.url, [...request.headers].flat(), take(request), request.redirect);
  return await new Promise((resolve, reject) => {
    const abort = () => {
      waiting.delete(id);
      host.abortFetch(id);
      reject(signal.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    waiting.set(id, {
      resolve(response) { signal?.removeEventListener("abort", abort); resolve(response); },
      reject(error) { signal?.removeEventListener("abort", abort); reject(error); },
    });
  });
}

export function onFetched(id, { status, url, redirected, headers, body, errorClass, message }) {
  const call = waiting.get(id);
  if (!call) return;
  waiting.delete(id);
  if (status === 0) {
    const error = new TypeError(`fetch failed: ${message}`);
    error.code = errorClass;
    if (errorClass === "egress-refused") refusals.add(error);
    call.reject(error);
    return;
  }
  const pairs = [];
  for (let index = 0; index < headers.length; index += 2) pairs.push([headers[index], headers[index + 1]]);
  const response = new Response(null, { status: status < 200 ? 200 : status, headers: pairs });
  response.status = status;
  response.url = url;
  response.redirected = redirected;
  response.type = "basic";
  fill(response, body, body.length > 0);
  call.resolve(response);
}

export function isRefusal(error) {
  return typeof error === "object" && error !== null && refusals.has(error);
}
