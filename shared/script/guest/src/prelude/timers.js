// setTimeout, setInterval, setImmediate. The host knows when, this knows what.

import { host } from "hookpoint:host";

const calls = new Map();

class Timer {
  #isTimer;
  constructor(id) { this.id = id; }
  static recognise(value) { return typeof value === "object" && value !== null && #isTimer in value; }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return calls.has(this.id); }
  [Symbol.toPrimitive]() { return this.id; }
}

export const isTimer = Timer.recognise;
delete Timer.recognise;

function keep(id, callback, values, repeat) {
  if (id === undefined) throw new RangeError("too many timers");
  calls.set(id, { callback, values, repeat });
  return new Timer(id);
}

function checked(callback, name) {
  if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
  return callback;
}

export function setTimeout(callback, delay, ...values) {
  return keep(host.setTimer(Number(delay), false), checked(callback, "setTimeout"), values, false);
}

export function setInterval(callback, delay, ...values) {
  return keep(host.setTimer(Number(delay), true), checked(callback, "setInterval"), values, true);
}

export function setImmediate(callback, ...values) {
  return keep(host.setImmediate(), checked(callback, "setImmediate"), values, false);
}

export function clearTimeout(timer) {
  const id = Number(timer?.id ?? timer);
  if (calls.delete(id)) host.clearTimer(id);
}

export const clearInterval = clearTimeout;
export const clearImmediate = clearTimeout;

export function onTimer(id) {
  const call = calls.get(id);
  if (!call) return;
  if (!call.repeat) calls.delete(id);
  call.callback(...call.values);
}

// What `util.promisify` makes of them.
for (const [name, callback] of Object.entries({ setTimeout, setImmediate })) {
  Object.defineProperty(callback, Symbol.for("nodejs.util.promisify.custom"), {
    get: () => host.builtIn("node:timers/promises").default[name],
    configurable: true,
  });
}
