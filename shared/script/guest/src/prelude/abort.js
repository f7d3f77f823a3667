// Event, EventTarget, AbortController, AbortSignal.

import { clearTimeout, setTimeout } from "hookpoint:timers";

export class Event {
  #stopped = false;
  constructor(type, { bubbles = false, cancelable = false } = {}) {
    this.type = String(type);
    this.bubbles = bubbles;
    this.cancelable = cancelable;
    this.defaultPrevented = false;
    this.target = null;
    this.currentTarget = null;
  }
  preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
  stopPropagation() {}
  stopImmediatePropagation() { this.#stopped = true; }
  static isStopped(event) { return event.#stopped; }
}
const { isStopped } = Event;
delete Event.isStopped;

export class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    if (listener == null) return;
    const entries = this.#listeners.get(type) ?? [];
    if (entries.some((entry) => entry.listener === listener)) return;
    const once = typeof options === "object" && options !== null && Boolean(options.once);
    this.#listeners.set(type, [...entries, { listener, once }]);
    if (typeof options === "object" && options?.signal) {
      options.signal.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
    }
  }
  removeEventListener(type, listener) {
    this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((entry) => entry.listener !== listener));
  }
  dispatchEvent(event) {
    event.target = event.currentTarget = this;
    for (const { listener, once } of this.#listeners.get(event.type) ?? []) {
      if (isStopped(event)) break;
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === "function") listener.call(this, event);
      else listener.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

const key = Symbol("AbortSignal");

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #property = null;
  #listener = null;
  constructor(permission) {
    if (permission !== key) throw new TypeError("make an AbortController instead");
    super();
  }
  // Called in the order in which it was set among the other listeners.
  get onabort() { return this.#property; }
  set onabort(listener) {
    if (this.#listener) this.removeEventListener("abort", this.#listener);
    this.#property = typeof listener === "function" ? listener : null;
    this.#listener = this.#property && ((event) => this.#property?.call(this, event));
    this.addEventListener("abort", this.#listener);
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }
  static trigger(signal, reason = new DOMException("This operation was aborted", "AbortError")) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    signal.dispatchEvent(new Event("abort"));
  }
  static abort(reason) {
    const signal = new AbortSignal(key);
    trigger(signal, reason);
    return signal;
  }
  static timeout(milliseconds) {
    const signal = new AbortSignal(key);
    const timer = setTimeout(() => trigger(signal, new DOMException("The operation timed out", "TimeoutError")), milliseconds);
    signal.addEventListener("abort", () => clearTimeout(timer));
    return signal;
  }
  static any(signals) {
    const joined = new AbortSignal(key);
    for (const signal of signals) {
      if (signal.aborted) {
        trigger(joined, signal.reason);
        break;
      }
      signal.addEventListener("abort", () => trigger(joined, signal.reason), { once: true });
    }
    return joined;
  }
  get [Symbol.toStringTag]() { return "AbortSignal"; }
}
const { trigger } = AbortSignal;
delete AbortSignal.trigger;

export class AbortController {
  signal = new AbortSignal(key);
  abort(reason) { trigger(this.signal, reason); }
  get [Symbol.toStringTag]() { return "AbortController"; }
}
