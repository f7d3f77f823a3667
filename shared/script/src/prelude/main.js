// Sets up the globals of every script, and exports what the host calls.

import "hookpoint:evaluation";
import { AbortController, AbortSignal, Event, EventTarget } from "hookpoint:abort";
import { structuredClone } from "hookpoint:clone";
import { resultClasses, runCommonJs } from "hookpoint:commonjs";
import { console } from "hookpoint:console";
import { crypto, CryptoKey } from "hookpoint:crypto";
import { TextDecoder, TextEncoder, atob, btoa } from "hookpoint:encoding";
import { Request, Response, fetch, isRefusal, onFetched } from "hookpoint:fetch";
import { Headers } from "hookpoint:headers";
import * as timers from "hookpoint:timers";
import { URL, URLSearchParams } from "hookpoint:url";
import { Buffer } from "node:buffer";

const host = globalThis.__host;

const { isTimer, onTimer, ...timerFunctions } = timers;
const globals = {
  ...timerFunctions,
  ...resultClasses,
  AbortController, AbortSignal, Buffer, CryptoKey, Event, EventTarget, Headers, Request, Response,
  TextDecoder, TextEncoder, URL, URLSearchParams,
  atob, btoa, console, crypto, fetch, structuredClone,
  performance: { now: () => host.now() - started, timeOrigin: Date.now() },
  queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function");
    Promise.resolve().then(callback);
  },
};
const started = host.now();
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

// What the run waits for when its promise is pending: called once when nothing is under way any more.
let idle;

function completeHook(hook) {
  hook.remainingMs = () => host.remaining();
  Object.freeze(hook.variables);
  Object.freeze(hook.secrets);
  return Object.freeze(hook);
}

export async function runModule(exported, event, hook) {
  return await exported(event, completeHook(hook));
}

function runCommonJsHook(factory, event, hook) {
  return runCommonJs(factory, event, completeHook(hook), (callback) => { idle = callback; });
}

export function onIdle() {
  idle?.();
}

export { isRefusal, onFetched, onTimer, runCommonJsHook as runCommonJs };
