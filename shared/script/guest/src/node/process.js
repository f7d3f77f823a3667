// node:process: what packages look at, without a system behind it.

import { host } from "hookpoint:host";
import { console } from "hookpoint:console";
import EventEmitter from "node:events";

const unsupported = (name) => ({
  [name]() { throw new Error(`process.${name} is not supported in the sandbox`); },
})[name];

function hrtime(earlier) {
  const now = process.hrtime.bigint();
  let seconds = Number(now / 1_000_000_000n);
  let nanoseconds = Number(now % 1_000_000_000n);
  if (earlier !== undefined) {
    seconds -= earlier[0];
    nanoseconds -= earlier[1];
    if (nanoseconds < 0) {
      seconds -= 1;
      nanoseconds += 1_000_000_000;
    }
  }
  return [seconds, nanoseconds];
}
hrtime.bigint = () => BigInt(Math.round(host.now() * 1e6));

/** Output goes to the log, line by line. */
const output = (level) => {
  let rest = "";
  return {
    isTTY: false,
    fd: level === "log" ? 1 : 2,
    writable: true,
    write(chunk, encoding, callback) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop();
      for (const line of lines) console[level](line);
      (typeof encoding === "function" ? encoding : callback)?.();
      return true;
    },
    on() { return this; },
    once() { return this; },
    emit() { return false; },
    end() {},
  };
};

class Process extends EventEmitter {}
Object.defineProperty(Process, "name", { value: "process" });
const process = new Process();

Object.assign(process, {
  title: "node",
  version: "v22.0.0",
  versions: { node: "22.0.0", modules: "127" },
  release: { name: "node", lts: "Jod" },
  arch: "x64",
  platform: "linux",
  argv: ["node", "/hook.js"],
  argv0: "node",
  execArgv: [],
  execPath: "/usr/bin/node",
  env: {},
  pid: 1,
  ppid: 0,
  exitCode: undefined,
  features: { inspector: false, debug: false, uv: false, ipv6: true, tls_alpn: false, tls_sni: false, tls_ocsp: false, tls: false },
  config: { target_defaults: {}, variables: {} },
  stdout: output("log"),
  stderr: output("error"),
  cwd() { return "/"; },
  umask() { return 0o22; },
  uptime() { return host.now() / 1000; },
  hrtime,
  nextTick(callback, ...values) {
    if (typeof callback !== "function") {
      const error = new TypeError('The "callback" argument must be of type function.');
      error.code = "ERR_INVALID_ARG_TYPE";
      throw error;
    }
    queueMicrotask(() => callback(...values));
  },
  emitWarning(warning, type) {
    const name = warning instanceof Error ? warning.name : typeof type === "string" ? type : type?.type ?? "Warning";
    console.warn(`${name}: ${warning instanceof Error ? warning.message : warning}`);
  },
  memoryUsage() { throw new Error("process.memoryUsage is not supported in the sandbox"); },
});
for (const name of ["abort", "binding", "chdir", "cpuUsage", "dlopen", "exit", "getActiveResourcesInfo", "kill", "reallyExit", "resourceUsage", "setUncaughtExceptionCaptureCallback"]) {
  process[name] = unsupported(name);
}
Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true, writable: false, enumerable: false });

export const {
  title, version, versions, release, arch, platform, argv, argv0, execArgv, execPath, env, pid, ppid, features, config, stdout, stderr, cwd,
  umask, uptime, nextTick, emitWarning, memoryUsage, abort, binding, chdir, cpuUsage, exit, kill,
} = process;
export { hrtime };
export default process;
