// Sets up the globals of every script, and exports what the host calls.

import "hookpoint:evaluation";
import { AbortController, AbortSignal, Event, EventTarget } from "hookpoint:abort";
import { structuredClone } from "hookpoint:clone";
import { loadCommonJs, resultClasses, runCommonJs } from "hookpoint:commonjs";
import { console } from "hookpoint:console";
import { crypto, CryptoKey } from "hookpoint:crypto";
import { TextDecoder, TextEncoder, atob, btoa } from "hookpoint:encoding";
import { Request, Response, fetch, isRefusal, onFetched } from "hookpoint:fetch";
import { Headers } from "hookpoint:headers";
import { isBadResult, toResponse } from "hookpoint:result";
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
  performance: {
    now: () => host.now() - (started ??= host.now()),
    get timeOrigin() { return Date.now() - this.now(); },
  },
  queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("queueMicrotask needs a function");
    Promise.resolve().then(callback);
  },
};
// When the run began.
let started;
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

// What the run waits for when its promise is pending: called once when nothing is under way any more.
let idle;

let current;

// In a template there is no hook yet; asking the clock says that the top level depends on the run.
Object.defineProperty(globalThis, "hook", {
  get() {
    if (current === undefined) host.now();
    return current;
  },
  set(value) { Object.defineProperty(globalThis, "hook", { value, writable: true, configurable: true, enumerable: false }); },
  configurable: true,
  enumerable: false,
});

export function provideHook(hook) {
  if (current !== undefined) return;
  hook.remainingMs = () => host.remaining();
  freeze(hook.variables);
  freeze(hook.secrets);
  current = freeze(hook);
  started = host.now();
}
const { freeze } = Object;

export async function runModule(exported, { event, mayDeny }) {
  const result = await exported(event, current);
  return host.isPlain(result) ? result : toResponse(result, mayDeny);
}

function runCommonJsHook(exported, { event, isConversation, mayDeny }) {
  return runCommonJs(exported, event, current, { isConversation, mayDeny, onIdle: (callback) => { idle = callback; } });
}

export function onIdle() {
  idle?.();
}

/** What is known of a thrown value, for its failure. */
export function kindOfError(error) {
  if (isRefusal(error)) return "refused";
  return isBadResult(error) ? "bad-result" : undefined;
}

export { loadCommonJs, onFetched, onTimer, runCommonJsHook as runCommonJs };
