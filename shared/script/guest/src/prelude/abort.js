// Event, EventTarget, AbortController, AbortSignal.

import { coded, fix, specified, wrongType } from "hookpoint:interfaces";
import { setTimeout } from "hookpoint:timers";

let isStopped;

export class Event {
  #isStopped = false;
  static { isStopped = (event) => event.#isStopped; }
  constructor(type, options) {
    specified(arguments, "type");
    const { bubbles, cancelable } = options ?? {};
    fix(this, {
      type: `${type}`, bubbles: Boolean(bubbles), cancelable: Boolean(cancelable), defaultPrevented: false, target: null, currentTarget: null,
      isTrusted: false,
    });
  }
  preventDefault() { if (this.cancelable) fix(this, { defaultPrevented: true }); }
  stopPropagation() {}
  stopImmediatePropagation() { this.#isStopped = true; }
}

const captures = (options) => Boolean(typeof options === "object" ? options?.capture : options);

export class EventTarget {
  #listeners = new Map();
  #of(type) { return this.#listeners.get(type) ?? []; }
  #remove(type, entry) {
    if (!entry) return;
    entry.isRemoved = true;
    this.#listeners.set(type, this.#of(type).filter((each) => each !== entry));
  }
  #find(type, listener, capture) { return this.#of(type).find((entry) => entry.listener === listener && entry.capture === capture); }
  addEventListener(type, listener, options) {
    specified(arguments, "type", "listener");
    if (listener == null) return;
    if (!/^[of]/.test(typeof listener)) throw wrongType("listener", "an instance of EventListener", listener);
    type = `${type}`;
    const { once, signal } = typeof options === "object" && options !== null ? options : {};
    if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType("options.signal", "an instance of AbortSignal", signal);
    const entry = { listener, once, capture: captures(options) };
    if (signal?.aborted || this.#find(type, listener, entry.capture)) return;
    this.#listeners.set(type, [...this.#of(type), entry]);
    if (signal) whenAborted(signal, () => this.#remove(type, entry));
  }
  removeEventListener(type, listener, options) {
    specified(arguments, "type", "listener");
    type = `${type}`;
    this.#remove(type, this.#find(type, listener, captures(options)));
  }
  dispatchEvent(event) {
    specified(arguments, "event");
    if (!(event instanceof Event)) throw wrongType("event", "an instance of Event", event);
    const { type } = event;
    if (event.currentTarget) throw coded(Error, "ERR_EVENT_RECURSION", `The event "${type}" is already being dispatched`);
    fix(event, { target: this, currentTarget: this });
    for (const entry of this.#of(type)) {
      if (isStopped(event)) break;
      if (entry.isRemoved) continue;
      if (entry.once) this.#remove(type, entry);
      const { listener } = entry;
      try {
        if (typeof listener === "function") listener.call(this, event);
        else listener.handleEvent?.(event);
      } catch (error) {
        // It stops neither the other listeners nor what made the event, and the log has it.
        Promise.reject(error);
      }
    }
    fix(event, { currentTarget: null });
    return !event.defaultPrevented;
  }
}

const key = Symbol("AbortSignal");

let trigger;
/** Calls back when a signal is aborted, before its event; returns a function that takes that back. */
export let whenAborted;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason;
  #property = null;
  #listener;
  #callbacks = new Set();
  // What it was joined from, and what was joined from it.
  #sources;
  #joined = new Set();
  static {
    trigger = (signal, reason = new DOMException("This operation was aborted", "AbortError")) => {
      if (signal.#aborted) return;
      const signals = [signal, ...signal.#joined].filter((each) => !each.#aborted);
      for (const each of signals) {
        each.#aborted = true;
        each.#reason = reason;
      }
      for (const each of signals) {
        for (const callback of each.#callbacks) callback();
        each.dispatchEvent(fix(new Event("abort"), { isTrusted: true }));
      }
    };
    whenAborted = (signal, callback) => {
      signal.#callbacks.add(callback);
      return () => signal.#callbacks.delete(callback);
    };
  }
  constructor(permission) {
    if (permission !== key) throw new TypeError("make an AbortController instead");
    super();
  }
  // Called in the order in which it was first set among the other listeners.
  get onabort() { return this.#property; }
  set onabort(listener) {
    this.#property = typeof listener === "function" ? listener : null;
    this.#listener ??= (event) => this.#property?.call(this, event);
    this.addEventListener("abort", this.#listener);
  }
  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  throwIfAborted() { if (this.#aborted) throw this.#reason; }
  static abort(reason) {
    const signal = new AbortSignal(key);
    trigger(signal, reason);
    return signal;
  }
  static timeout(delay) {
    if (typeof delay !== "number") throw wrongType("delay", "of type number", delay);
    if (!(Number.isInteger(delay) && delay >= 0 && delay < 2 ** 32)) {
      throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "delay" is out of range. It must be ${Number.isInteger(delay) ? ">= 0 && <= 4294967295" : "an integer"}. Received ${delay}`);
    }
    const signal = new AbortSignal(key);
    setTimeout(() => trigger(signal, new DOMException("The operation timed out", "TimeoutError")), delay);
    return signal;
  }
  static any(signals) {
    signals = [...signals];
    const joined = new AbortSignal(key);
    joined.#sources = new Set();
    signals.forEach((signal, index) => {
      if (!(signal instanceof AbortSignal)) throw wrongType(`signals[${index}]`, "an instance of AbortSignal", signal);
    });
    const aborted = signals.find((signal) => signal.#aborted);
    if (aborted) {
      trigger(joined, aborted.#reason);
      return joined;
    }
    for (const signal of signals) {
      for (const source of signal.#sources ?? [signal]) {
        joined.#sources.add(source);
        source.#joined.add(joined);
      }
    }
    return joined;
  }
  get [Symbol.toStringTag]() { return "AbortSignal"; }
}

export class AbortController {
  signal = new AbortSignal(key);
  abort(reason) { trigger(this.signal, reason); }
  get [Symbol.toStringTag]() { return "AbortController"; }
}
