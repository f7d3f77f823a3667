// fetch, Request, Response. The request itself is made by the host of the sandbox, which decides whether it may be.

import { AbortController, AbortSignal } from "hookpoint:abort";
import { Body, fill, isPresent, isStream, receive, share, take } from "hookpoint:body";
import { Headers } from "hookpoint:headers";
import { host } from "hookpoint:host";
import { URL } from "hookpoint:url";

const waiting = new Map();
const refusals = new WeakSet();

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
    const signal = init.signal ?? other?.signal ?? null;
    if (signal !== null && !(signal instanceof AbortSignal)) throw new TypeError("signal is not an AbortSignal");
    this.signal = signal ?? new AbortController().signal;
    this.redirect = String(init.redirect ?? other?.redirect ?? "follow");
    if (!REDIRECTS.includes(this.redirect)) throw new TypeError(`redirect is "follow", "error" or "manual", not ${JSON.stringify(this.redirect)}`);
    const given = init.body != null;
    if (given && /^(?:GET|HEAD)$/.test(this.method)) throw new TypeError(`a ${this.method} request has no body`);
    if (given) {
      const type = fill(this, init.body);
      if (isStream(this) && init.duplex !== "half") throw new TypeError("RequestInit: duplex option is required when sending a body.");
      if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
    } else if (other !== null && isPresent(other)) {
      share(other, this);
      if (!keeps.has(init)) {
        const used = take(other);
        if (typeof used.catch === "function") used.catch(() => {});
      }
    }
  }
  clone() {
    const init = {};
    keeps.add(init);
    return new Request(this, init);
  }
  get cache() { return "default"; }
  get credentials() { return "same-origin"; }
  get destination() { return ""; }
  get duplex() { return "half"; }
  get integrity() { return ""; }
  get keepalive() { return false; }
  get mode() { return "cors"; }
  get referrer() { return "about:client"; }
  get referrerPolicy() { return ""; }
  get [Symbol.toStringTag]() { return "Request"; }
}
// A copy leaves the original's body as it is; a request made from another one takes it.
const keeps = new WeakSet();

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
    const type = fill(this, body);
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }
  get ok() { return this.status >= 200 && this.status <= 299; }
  clone() {
    const copy = new Response(null, { status: this.status, statusText: this.statusText, headers: this.headers });
    copy.url = this.url;
    copy.redirected = this.redirected;
    copy.type = this.type;
    share(this, copy);
    return copy;
  }
  static json(data, init = {}) {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(data), { ...init, headers });
  }
  static error() {
    const response = new Response(null);
    response.status = 0;
    response.type = "error";
    return response;
  }
  static redirect(url, status = 302) {
    const location = new URL(url).href;
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`${status} is no redirect`);
    return new Response(null, { status, headers: { location } });
  }
  get [Symbol.toStringTag]() { return "Response"; }
}

export async function fetch(input, init) {
  const request = new Request(input, init);
  const { signal } = request;
  signal.throwIfAborted();
  const body = isStream(request) ? await take(request) : take(request);
  signal.throwIfAborted();
  const id = host.fetch(request.method, request.url, [...request.headers].flat(), body, request.redirect);
  return await new Promise((resolve, reject) => {
    const abort = () => {
      waiting.delete(id);
      host.abortFetch(id);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    waiting.set(id, {
      resolve(response) { signal.removeEventListener("abort", abort); resolve(response); },
      reject(error) { signal.removeEventListener("abort", abort); reject(error); },
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
  receive(response, body, !NO_BODY.includes(status));
  call.resolve(response);
}

export function isRefusal(error) {
  return typeof error === "object" && error !== null && refusals.has(error);
}
