// EventEmitter, also the way code was written before classes.

const EventEmitter = require("events");
const util = require("util");
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code, error.message]; } };

module.exports = async () => {
  check("exports", [EventEmitter.EventEmitter === EventEmitter, typeof EventEmitter.once, typeof EventEmitter.on, EventEmitter.defaultMaxListeners]);
  function Old() { EventEmitter.call(this); this.name = "old"; }
  util.inherits(Old, EventEmitter);
  const old = new Old();
  const heard = [];
  old.on("x", function (...values) { heard.push(this === old, ...values); });
  check("old", [old.emit("x", 1, 2), old.emit("y"), old instanceof EventEmitter, Old.super_ === EventEmitter, heard]);
  const mixed = Object.assign({}, EventEmitter.prototype);
  mixed.on("z", (value) => heard.push(value));
  mixed.emit("z", "mixed");
  check("mixin", heard.at(-1));
  const plain = EventEmitter.prototype.on.call({ emit: EventEmitter.prototype.emit }, "q", () => heard.push("q"));
  plain.emit("q");
  check("borrowed", heard.at(-1));
  class New extends EventEmitter { constructor() { super(); this.a = 1; } }
  check("class", new New().on("a", () => {}).listenerCount("a"));
  const emitter = new EventEmitter();
  const order = [];
  const listener = () => order.push("listener");
  emitter.on("e", listener).prependListener("e", () => order.push("first")).once("e", () => order.push("once")).prependOnceListener("e", () => order.push("once first"));
  emitter.emit("e");
  emitter.emit("e");
  check("order", order);
  check("counts", [emitter.listenerCount("e"), emitter.listeners("e").length, emitter.rawListeners("e").length, emitter.eventNames()]);
  emitter.off("e", listener);
  check("off", emitter.listenerCount("e"));
  emitter.removeAllListeners("e");
  check("none", [emitter.listenerCount("e"), emitter.eventNames()]);
  const seen = [];
  emitter.on("newListener", (name) => seen.push(`+${String(name)}`));
  emitter.on("removeListener", (name) => seen.push(`-${String(name)}`));
  emitter.on("b", listener);
  emitter.removeListener("b", listener);
  check("meta events", seen);
  check("bad listener", caught(() => emitter.on("x", 5)).slice(0, 2));
  check("unhandled error", caught(() => new EventEmitter().emit("error", new TypeError("boom"))));
  check("unhandled value", caught(() => new EventEmitter().emit("error", "boom")));
  check("unhandled nothing", caught(() => new EventEmitter().emit("error")));
  const monitored = new EventEmitter();
  monitored.on(EventEmitter.errorMonitor, (error) => seen.push(error.message));
  check("monitor", [caught(() => monitored.emit("error", new Error("watched")))[2], seen.at(-1)]);
  const symbol = Symbol("event");
  emitter.once(symbol, (value) => seen.push(value));
  emitter.emit(symbol, "symbol");
  check("symbol", [seen.at(-1), emitter.eventNames().length]);
  check("limits", [emitter.getMaxListeners(), emitter.setMaxListeners(3).getMaxListeners(), caught(() => emitter.setMaxListeners(-1))[1]]);
  const later = new EventEmitter();
  setTimeout(() => later.emit("ready", 1, 2), 1);
  check("once promise", await EventEmitter.once(later, "ready"));
  setTimeout(() => later.emit("error", new Error("late")), 1);
  check("once rejects", await EventEmitter.once(later, "ready").catch((error) => error.message));
  setTimeout(() => { later.emit("tick", 1); later.emit("tick", 2); }, 1);
  const ticks = [];
  for await (const [tick] of EventEmitter.on(later, "tick")) { ticks.push(tick); if (tick === 2) break; }
  check("on iterates", ticks);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  check("once aborts", await EventEmitter.once(later, "never", { signal: controller.signal }).catch((error) => [error.name, error.code]));
  check("removing while emitting", (() => {
    const changing = new EventEmitter(); const calls = [];
    const second = () => calls.push(2);
    changing.on("e", () => { calls.push(1); changing.off("e", second); });
    changing.on("e", second);
    changing.emit("e"); changing.emit("e");
    return calls;
  })());
};
