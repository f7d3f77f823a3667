// node:events: the `events` package, and what Node has learnt since.

import { host } from "hookpoint:host";
import EventEmitter from "package:events";

export const errorMonitor = Symbol("events.errorMonitor");
export const captureRejectionSymbol = Symbol.for("nodejs.rejection");

const { emit } = EventEmitter.prototype;

function aborted(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

EventEmitter.prototype.emit = function (type, ...values) {
  if (type === "error") {
    if (this.listenerCount(errorMonitor) > 0) emit.call(this, errorMonitor, ...values);
    if (this.listenerCount("error") === 0) {
      const [error] = values;
      if (error instanceof Error) throw error;
      const shown = host.builtIn("node:util").default.inspect(error);
      const unhandled = new Error(`Unhandled error. (${shown})`);
      unhandled.code = "ERR_UNHANDLED_ERROR";
      unhandled.context = error;
      throw unhandled;
    }
  }
  return emit.call(this, type, ...values);
};

const { once: packageOnce } = EventEmitter;
const isTarget = (emitter) => typeof emitter?.addEventListener === "function" && typeof emitter.on !== "function";

export function once(emitter, name, { signal } = {}) {
  if (signal?.aborted) return Promise.reject(aborted(signal));
  if (!signal) return packageOnce(emitter, name);
  return new Promise((resolve, reject) => {
    const stop = () => reject(aborted(signal));
    signal.addEventListener("abort", stop, { once: true });
    packageOnce(emitter, name).then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** The events of one name as an iteration that never ends by itself. */
export function on(emitter, name, { signal, close = [] } = {}) {
  if (signal?.aborted) throw aborted(signal);
  const values = [];
  const waiting = [];
  let error = null;
  let finished = false;
  const push = (...value) => {
    const next = waiting.shift();
    if (next) next.resolve({ value, done: false });
    else values.push(value);
  };
  const fail = (reason) => {
    const next = waiting.shift();
    if (next) next.reject(reason);
    else error = reason;
    end();
  };
  const end = () => {
    emitter.off(name, push);
    emitter.off("error", fail);
    for (const event of close) emitter.off(event, end);
    signal?.removeEventListener("abort", stop);
    finished = true;
    for (const next of waiting.splice(0)) next.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const stop = () => fail(aborted(signal));
  emitter.on(name, push);
  if (name !== "error") emitter.on("error", fail);
  for (const event of close) emitter.on(event, end);
  signal?.addEventListener("abort", stop, { once: true });
  return {
    next() {
      if (values.length > 0) return Promise.resolve({ value: values.shift(), done: false });
      if (error) {
        const reason = error;
        error = null;
        return Promise.reject(reason);
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: end,
    throw(reason) { fail(reason); return Promise.resolve({ value: undefined, done: true }); },
    [Symbol.asyncIterator]() { return this; },
  };
}

export function getEventListeners(emitter, name) {
  if (isTarget(emitter)) throw new TypeError("events.getEventListeners is not supported for an EventTarget in the sandbox");
  return emitter.listeners(name);
}

export function getMaxListeners(emitter) { return emitter.getMaxListeners?.() ?? EventEmitter.defaultMaxListeners; }

export function setMaxListeners(count = EventEmitter.defaultMaxListeners, ...emitters) {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = count;
  for (const emitter of emitters) emitter.setMaxListeners?.(count);
}

export function listenerCount(emitter, name) { return emitter.listenerCount(name); }

export function addAbortListener(signal, listener) {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose ?? Symbol.for("nodejs.dispose")]() { signal.removeEventListener("abort", listener); } };
}

export class EventEmitterAsyncResource extends EventEmitter {
  constructor() { throw new Error("events.EventEmitterAsyncResource is not supported in the sandbox"); }
}

export const captureRejections = false;
Object.assign(EventEmitter, {
  EventEmitter, EventEmitterAsyncResource, addAbortListener, captureRejectionSymbol, captureRejections, errorMonitor, getEventListeners,
  getMaxListeners, listenerCount, on, once, setMaxListeners, usingDomains: false,
});
export const { defaultMaxListeners, init } = EventEmitter;
export { EventEmitter };
export default EventEmitter;
