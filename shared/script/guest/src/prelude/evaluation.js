// Takes away what a hook must not have: code from strings, shared memory, and a shared source of randomness.

// The constructors exist, because libraries look them up and ask `instanceof`; they only refuse to work.
import { host } from "hookpoint:host";

function refusing(name, prototype) {
  const constructor = {
    [name]: function () {
      throw new EvalError("code from strings is not allowed in the sandbox; what a library compiles (ajv, templates) is compiled before publishing, as ajv's standalone code is");
    },
  }[name];
  Object.defineProperty(constructor, "prototype", { value: prototype, writable: false });
  Object.defineProperty(prototype, "constructor", { value: constructor, writable: false, configurable: prototype === Function.prototype });
  return constructor;
}

const hidden = [
  ["AsyncFunction", async function () {}],
  ["GeneratorFunction", function* () {}],
  ["AsyncGeneratorFunction", async function* () {}],
];
for (const [name, example] of hidden) refusing(name, Object.getPrototypeOf(example));

const replaced = {
  Function: refusing("Function", Function.prototype),
  eval: { eval() { throw new EvalError("eval is not allowed in the sandbox"); } }.eval,
};
// It stays what it is, but an assignment to a function that inherits it reaches that one, as when a library copies members (axios 1.6).
Object.defineProperty(Function.prototype, "constructor", {
  get: () => replaced.Function,
  set(value) {
    if (this === Function.prototype) throw new TypeError("'constructor' is read-only");
    Object.defineProperty(this, "constructor", { value, writable: true, enumerable: true, configurable: true });
  },
  configurable: false,
});
for (const [name, value] of Object.entries(replaced)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

for (const name of ["Atomics", "FinalizationRegistry", "SharedArrayBuffer", "WeakRef"]) {
  delete globalThis[name];
}

Object.defineProperty(Math, "random", { value: { random: () => host.random() }.random, writable: true, configurable: true, enumerable: false });
