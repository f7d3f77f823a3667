// node:events.

export class EventEmitter {
  #listeners = new Map();
  static get defaultMaxListeners() { return 10; }
  #add(name, listener, once, front) {
    if (typeof listener !== "function") throw new TypeError("a listener is a function");
    const entries = this.#listeners.get(name) ?? [];
    const entry = { listener, once };
    this.#listeners.set(name, front ? [entry, ...entries] : [...entries, entry]);
    return this;
  }
  on(name, listener) { return this.#add(name, listener, false, false); }
  addListener(name, listener) { return this.on(name, listener); }
  once(name, listener) { return this.#add(name, listener, true, false); }
  prependListener(name, listener) { return this.#add(name, listener, false, true); }
  prependOnceListener(name, listener) { return this.#add(name, listener, true, true); }
  off(name, listener) {
    const entries = [...(this.#listeners.get(name) ?? [])];
    const last = entries.findLastIndex((entry) => entry.listener === listener);
    if (last >= 0) entries.splice(last, 1);
    if (entries.length > 0) this.#listeners.set(name, entries);
    else this.#listeners.delete(name);
    return this;
  }
  removeListener(name, listener) { return this.off(name, listener); }
  removeAllListeners(name) {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    return this;
  }
  emit(name, ...values) {
    const entries = this.#listeners.get(name) ?? [];
    if (entries.length === 0 && name === "error") {
      throw values[0] instanceof Error ? values[0] : new Error(`unhandled 'error' event: ${values[0]}`);
    }
    for (const { listener, once } of entries) {
      if (once) this.off(name, listener);
      listener.apply(this, values);
    }
    return entries.length > 0;
  }
  listenerCount(name) { return (this.#listeners.get(name) ?? []).length; }
  listeners(name) { return (this.#listeners.get(name) ?? []).map((entry) => entry.listener); }
  eventNames() { return [...this.#listeners.keys()]; }
  setMaxListeners() { return this; }
  getMaxListeners() { return EventEmitter.defaultMaxListeners; }
}

export function once(emitter, name) {
  return new Promise((resolve, reject) => {
    const fail = (error) => { emitter.off(name, succeed); reject(error); };
    const succeed = (...values) => { emitter.off("error", fail); resolve(values); };
    emitter.once(name, succeed);
    if (name !== "error") emitter.once("error", fail);
  });
}

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.once = once;
export default EventEmitter;
