// node:async_hooks. The engine does not say which promise continues which, so a storage cannot follow them.

import { absent } from "hookpoint:absent";

export class AsyncLocalStorage {
  getStore() { return undefined; }
  disable() {}
  static bind(callback) { return callback; }
  static snapshot() { return (callback, ...values) => callback(...values); }
}
for (const name of ["run", "exit", "enterWith"]) AsyncLocalStorage.prototype[name] = absent(`async_hooks.AsyncLocalStorage.${name}`);

export class AsyncResource {
  constructor(type) { this.type = type; }
  runInAsyncScope(callback, self, ...values) { return Reflect.apply(callback, self, values); }
  emitDestroy() { return this; }
  asyncId() { return 1; }
  triggerAsyncId() { return 0; }
  bind(callback) { return callback.bind(null); }
  static bind(callback) { return callback; }
}

export const createHook = absent("async_hooks.createHook");
export const executionAsyncId = () => 1;
export const triggerAsyncId = () => 0;
export const executionAsyncResource = () => ({});
export default { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, executionAsyncResource, triggerAsyncId };
