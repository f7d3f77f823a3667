// fetch, Request, Response. The request itself is made by the host of the sandbox, which decides whether it may be.

import { AbortController, AbortSignal, whenAborted } from "hookpoint:abort";
import { Body, fill, isPresent, isStream, receive, share, take } from "hookpoint:body";
import { Headers, byteString, isLocked, isToken, lock } from "hookpoint:headers";
import { host } from "hookpoint:host";
import { fix, required } from "hookpoint:interfaces";
import { URL } from "hookpoint:url";

const waiting = new Map();
const refusals = new WeakSet();
// Reasons of aborted requests, each with an error that was made where the request was.
const aborted = new WeakMap();

const REDIRECTS = ["follow", "error", "manual"];

function checkedMethod(given) {
  const method = `${given}`;
  if (!isToken(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  const upper = method.toUpperCase();
  if (/^(?:CONNECT|TRACE|TRACK)$/.test(upper)) throw new TypeError(`'${method}' HTTP method is unsupported.`);
  return /^(?:DELETE|GET|HEAD|OPTIONS|POST|PUT)$/.test(upper) ? upper : method;
}

export class Request extends Body {
  constructor(input, init) {
    super();
    required(arguments, 1, "Request constructor");
    init ??= {};
    const other = input instanceof Request ? input : null;
    const { href: url, username, password } = new URL(other ? other.url : input);
    if (username || password) throw new TypeError("a URL for fetch has no user name and no password");
    const { method = other?.method ?? "GET", redirect = other?.redirect ?? "follow", signal = other?.signal ?? null } = init;
    if (signal !== null && !(signal instanceof AbortSignal)) throw new TypeError("signal is not an AbortSignal");
    if (!REDIRECTS.includes(`${redirect}`)) throw new TypeError(`redirect is "follow", "error" or "manual", not ${JSON.stringify(redirect)}`);
    fix(this, {
      url, method: checkedMethod(method), headers: new Headers(init.headers === undefined ? other?.headers : init.headers),
      signal: signal ? AbortSignal.any([signal]) : new AbortController().signal, redirect: `${redirect}`,
    });
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
  constructor(body = null, init = {}) {
    super();
    const { status = 200, statusText = "", headers } = init ?? {};
    if (!(status >= 200 && status <= 599)) throw new RangeError(`${status} is no status`);
    if (body !== null && NO_BODY.includes(status)) throw new TypeError(`a response with status ${status} has no body`);
    const text = byteString(statusText);
    if (/[\0-\x08\n-\x1f\x7f]/.test(text)) throw new TypeError("Invalid statusText");
    fix(this, { status, statusText: text, headers: new Headers(headers), url: "", redirected: false, type: "default" });
    const type = fill(this, body);
    if (type && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }
  get ok() { return this.status >= 200 && this.status <= 299; }
  clone() {
    const { status, statusText, url, redirected, type } = this;
    const copy = fix(new Response(null, { headers: this.headers }), { status, statusText, url, redirected, type });
    if (isLocked(this.headers)) lock(copy.headers);
    share(this, copy);
    return copy;
  }
  static json(data, init = {}) {
    required(arguments, 1, "Response.json");
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError("Value is not JSON serializable");
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(text, { ...init, headers });
  }
  static error() {
    const response = new Response(null);
    lock(response.headers);
    return fix(response, { status: 0, type: "error" });
  }
  static redirect(url, status = 302) {
    const location = new URL(url).href;
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`${status} is no redirect`);
    const response = new Response(null, { status, headers: { location } });
    lock(response.headers);
    return response;
  }
  get [Symbol.toStringTag]() { return "Response"; }
}

export async function fetch(input, init) {
  // Made here, where its stack trace names the callers. Its message comes with the failure.
  const error = new TypeError("fetch failed");
  const request = new Request(input, init);
  const { signal } = request;
  signal.throwIfAborted();
  const body = isStream(request) ? await take(request) : take(request);
  signal.throwIfAborted();
  const id = host.fetch(request.method, request.url, [...request.headers].flat(), body, request.redirect);
  return await new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => {
      waiting.delete(id);
      host.abortFetch(id);
      const { reason } = signal;
      if (Object(reason) === reason && !aborted.has(reason)) aborted.set(reason, error);
      reject(reason);
    });
    waiting.set(id, {
      error,
      resolve(response) { forget(); resolve(response); },
      reject() { forget(); reject(error); },
    });
  });
}

export function onFetched(id, { status, url, redirected, headers, body, errorClass, message }) {
  const call = waiting.get(id);
  if (!call) return;
  waiting.delete(id);
  if (status === 0) {
    const { error } = call;
    error.message = `fetch failed: ${message}`;
    error.code = errorClass;
    if (errorClass === "egress-refused") refusals.add(error);
    call.reject();
    return;
  }
  const pairs = [];
  for (let index = 0; index < headers.length; index += 2) pairs.push([headers[index], headers[index + 1]]);
  const response = fix(new Response(null, { headers: pairs }), { status, url, redirected, type: "basic" });
  lock(response.headers);
  receive(response, body, !NO_BODY.includes(status));
  call.resolve(response);
}

/** An error made where the request was that was aborted with this reason. */
export const requestOf = (reason) => aborted.get(reason);

export function isRefusal(error) {
  return typeof error === "object" && error !== null && refusals.has(error);
}
