// require: the Node built-ins, and nothing else. A module is evaluated when it is first asked for.

import { host } from "hookpoint:host";

export function require(name) {
  name = String(name);
  const bare = name.startsWith("node:") ? name.slice(5) : name;
  const module = host.builtIn(name === "hookpoint:password" ? name : `node:${bare}`);
  if (module) return module.default;
  const error = new Error(
    `cannot find module '${name}': the sandbox offers ${host.offered()}; bundle anything else into the hook`,
  );
  error.code = "MODULE_NOT_FOUND";
  throw error;
}
require.resolve = (name) => String(name);
require.cache = Object.create(null);
