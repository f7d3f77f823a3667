// What an ES module finds, as bundles ask for it.

import process from "node:process";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const freeGlobal = typeof global == "object" && global && global.Object === Object && global;
const root = freeGlobal;

export default async () => {
  check("lodash's root", root === globalThis);
  check("process", [typeof process.nextTick, globalThis.process === process]);
  check("dynamic import", (await import("path")).basename("/a/b.txt", ".txt"));
  check("default and names", await import("node:events").then((module) => [typeof module.default, typeof module.once, module.EventEmitter === module.default]));
  check("queueMicrotask", await new Promise((resolve) => queueMicrotask(() => resolve("ran"))));
  check("structuredClone", structuredClone({ a: [1, new Date(0)], m: new Map([[1, 2]]) }).a[1].toISOString());
  check("globals", ["AbortController", "AbortSignal", "Blob", "Buffer", "ByteLengthQueuingStrategy", "CountQueuingStrategy", "DOMException", "Event", "EventTarget", "File", "FormData", "Headers", "ReadableStream", "Request", "Response", "TextDecoder", "TextDecoderStream", "TextEncoder", "TextEncoderStream", "TransformStream", "URL", "URLSearchParams", "WritableStream", "atob", "btoa", "clearImmediate", "clearInterval", "clearTimeout", "console", "crypto", "fetch", "global", "globalThis", "performance", "process", "queueMicrotask", "setImmediate", "setInterval", "setTimeout", "structuredClone"].filter((name) => !(name in globalThis)));
};
