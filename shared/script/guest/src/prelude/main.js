// Sets up the globals of every script, and exports what the host calls.

import { host } from "hookpoint:host";
import "hookpoint:errors";
import "hookpoint:evaluation";
import "hookpoint:locale";
import { AbortController, AbortSignal, Event, EventTarget } from "hookpoint:abort";
import { loadCommonJs, resultClasses, runCommonJs } from "hookpoint:commonjs";
import { console } from "hookpoint:console";
import { crypto } from "hookpoint:crypto";
import { TextDecoder, TextEncoder, atob, btoa } from "hookpoint:encoding";
import { Request, Response, fetch, isRefusal, onFetched, requestOf } from "hookpoint:fetch";
import { Headers } from "hookpoint:headers";
import { isBadResult, toResponse, toVetoes } from "hookpoint:result";
import * as timers from "hookpoint:timers";
import { URL, URLSearchParams } from "hookpoint:url";
import { Blob, File } from "hookpoint:blob";
import { require } from "hookpoint:require";
import { Buffer } from "node:buffer";

const { isTimer, onTimer, ...timerFunctions } = timers;
const globals = {
  ...timerFunctions,
  ...resultClasses,
  AbortController, AbortSignal, Blob, Buffer, File, Event, EventTarget, Headers, Request, Response,
  TextDecoder, TextEncoder, URL, URLSearchParams,
  atob, btoa, console, crypto, fetch, require,
  global: globalThis, self: globalThis,
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

// Loaded when a script first asks for them.
const lazy = {
  CryptoKey: () => host.builtIn("hookpoint:subtle").CryptoKey,
  FormData: () => host.builtIn("hookpoint:form_data").FormData,
  Intl: () => host.builtIn("hookpoint:intl").Intl,
  SubtleCrypto: () => host.builtIn("hookpoint:subtle").SubtleCrypto,
  process: () => host.builtIn("node:process").default,
  structuredClone: () => host.builtIn("hookpoint:clone").structuredClone,
};
for (const name of [
  "ByteLengthQueuingStrategy", "CompressionStream", "CountQueuingStrategy", "DecompressionStream", "ReadableByteStreamController",
  "ReadableStream", "ReadableStreamBYOBReader", "ReadableStreamBYOBRequest", "ReadableStreamDefaultController", "ReadableStreamDefaultReader",
  "TextDecoderStream", "TextEncoderStream", "TransformStream", "TransformStreamDefaultController", "WritableStream",
  "WritableStreamDefaultController", "WritableStreamDefaultWriter",
]) lazy[name] = () => host.builtIn("hookpoint:web_streams").webStreams[name];
for (const [name, load] of Object.entries(lazy)) {
  const set = (value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  Object.defineProperty(globalThis, name, {
    get() {
      const value = load();
      set(value);
      return value;
    },
    set,
    configurable: true,
    enumerable: false,
  });
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

export { loadCommonJs, onFetched, onTimer, requestOf, runCommonJsHook as runCommonJs, toVetoes };
