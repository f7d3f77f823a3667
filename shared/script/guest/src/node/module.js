// node:module: `createRequire`, which bundles call.

import { absent } from "hookpoint:absent";
import { host } from "hookpoint:host";
import { require } from "hookpoint:require";

export const createRequire = () => require;
export const builtinModules = host.offered().split(", ");
export const isBuiltin = (name) => builtinModules.includes(String(name).replace(/^node:/, ""));
export const register = absent("module.register");
export const findSourceMap = () => undefined;
export const enableCompileCache = absent("module.enableCompileCache");
function Module() { throw new Error("module.Module is not supported in the sandbox"); }
Object.assign(Module, { Module, builtinModules, createRequire, enableCompileCache, findSourceMap, isBuiltin, register });
export { Module };
export default Module;
