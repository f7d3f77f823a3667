// Timers.

import timers from "node:timers";
import { scheduler, setImmediate as immediate, setInterval as interval, setTimeout as sleep } from "node:timers/promises";
import promises from "node:timers/promises";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);

export default async () => {
  const order = [];
  await new Promise((resolve) => {
    setTimeout(() => { order.push("late"); resolve(); }, 30);
    setTimeout((value) => order.push(value), 1, "with a value");
    setImmediate((value) => order.push(value), "immediate");
    queueMicrotask(() => order.push("microtask"));
    const cleared = setTimeout(() => order.push("cleared"), 1);
    clearTimeout(cleared);
    order.push("first");
  });
  check("order", [order[0], order[1], order.includes("immediate"), order.includes("with a value"), order.includes("cleared"), order.at(-1)]);
  check("interval", await new Promise((resolve) => { let count = 0; const timer = setInterval(() => { if (++count === 3) { clearInterval(timer); resolve(count); } }, 1); }));
  check("promises", [await sleep(1, "slept"), await immediate("now"), await scheduler.wait(1)]);
  check("aborted", await sleep(1000, null, { signal: AbortSignal.abort() }).catch((error) => [error.name, error.code]));
  check("aborted later", await (async () => { const controller = new AbortController(); setTimeout(() => controller.abort(), 1); return sleep(1000, null, { signal: controller.signal }).catch((error) => [error.name, error.code]); })());
  check("iterated", await (async () => { const seen = []; for await (const value of interval(1, "tick")) { seen.push(value); if (seen.length === 2) break; } return seen; })());
  const timer = setTimeout(() => {}, 1000);
  check("timer", [typeof timer.ref, typeof timer.unref, typeof timer.hasRef, timer.unref() === timer, Number.isInteger(+timer)]);
  clearTimeout(timer);
  clearTimeout(undefined);
  clearTimeout("nope");
  check("module", [timers.setTimeout === setTimeout, timers.promises === promises, typeof timers.clearInterval]);
  check("bad", (() => { try { setTimeout("code", 1); } catch (error) { return error.name; } })());
  check("performance", [performance.now() > 0, performance.timeOrigin > 1.6e12, performance.now() <= performance.now()]);
};
