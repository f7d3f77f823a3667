// node:timers/promises.

import { clearInterval, clearTimeout, setImmediate as later, setInterval as every, setTimeout as after } from "hookpoint:timers";

function aborted(signal) {
  const error = new Error("The operation was aborted", { cause: signal.reason });
  error.name = "AbortError";
  error.code = "ABORT_ERR";
  return error;
}

function waiting(start, stop, value, { signal } = {}) {
  if (signal?.aborted) return Promise.reject(aborted(signal));
  return new Promise((resolve, reject) => {
    const cancel = () => {
      stop(timer);
      reject(aborted(signal));
    };
    const timer = start(() => {
      signal?.removeEventListener("abort", cancel);
      resolve(value);
    });
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

export function setTimeout(delay, value, options) {
  return waiting((resolve) => after(resolve, delay), clearTimeout, value, options);
}

export function setImmediate(value, options) {
  return waiting((resolve) => later(resolve), clearTimeout, value, options);
}

export async function* setInterval(delay, value, { signal } = {}) {
  if (signal?.aborted) throw aborted(signal);
  let due = 0;
  let wake;
  const timer = every(() => { due += 1; wake?.(); }, delay);
  const stop = () => wake?.();
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      if (due === 0) await new Promise((resolve) => { wake = resolve; });
      for (; due > 0; due--) yield value;
    }
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
  }
}

export const scheduler = { wait: (delay, options) => setTimeout(delay, undefined, options), yield: () => setImmediate() };
export default { scheduler, setImmediate, setInterval, setTimeout };
