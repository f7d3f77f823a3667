// require, for CommonJS hooks: the Node built-ins, and nothing else.

import * as buffer from "node:buffer";
import * as crypto from "node:crypto";
import * as events from "node:events";
import * as path from "node:path";
import * as querystring from "node:querystring";
import * as timers from "node:timers";
import * as url from "node:url";
import * as util from "node:util";

const modules = new Map(Object.entries({ buffer, crypto, events, path, querystring, timers, url, util }));

export function require(name) {
  name = String(name);
  const module = modules.get(name.startsWith("node:") ? name.slice(5) : name);
  if (module) return module.default;
  const error = new Error(
    `cannot find module '${name}': the sandbox offers ${[...modules.keys()].join(", ")}; bundle anything else into the hook`,
  );
  error.code = "MODULE_NOT_FOUND";
  throw error;
}
