// process, global, self, require.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);

module.exports = async () => {
  check("global", [global === globalThis, typeof global.setTimeout, global.Object === Object]);
  check("types", [typeof process, Object.prototype.toString.call(process), String(process)]);
  check("module", require("process") === process && require("node:process") === process);
  check("version", [/^v22\.\d+\.\d+$/.test(process.version), process.versions.node.split(".")[0], process.release.name]);
  check("platform", [process.platform, typeof process.arch, typeof process.pid, typeof process.title]);
  check("env", [typeof process.env, process.env.NODE_ENV, process.env.SURELY_NOT_SET, "SURELY_NOT_SET" in process.env]);
  process.env.SET_HERE = "1";
  check("env can be set", process.env.SET_HERE);
  check("argv", [Array.isArray(process.argv), Array.isArray(process.execArgv), typeof process.argv0]);
  const [seconds, nanoseconds] = process.hrtime();
  const difference = process.hrtime([seconds, nanoseconds]);
  check("hrtime", [Number.isInteger(seconds), nanoseconds < 1e9, difference[0], typeof process.hrtime.bigint()]);
  check("uptime", process.uptime() > 0);
  check("nextTick", await new Promise((resolve) => process.nextTick((...values) => resolve(values), 1, 2)));
  check("emitter", [typeof process.on, typeof process.once, typeof process.emit, process.listenerCount("x"), process.on("x", () => {}) === process]);
  check("emits", process.emit("x"));
  check("streams", [typeof process.stdout.write, typeof process.stderr.write]);
  check("exit code", process.exitCode);
  check("is node, as axios asks", typeof process !== "undefined" && Object.prototype.toString.call(process).slice(8, -1).toLowerCase() === "process");
  check("missing module", (() => { try { require("no-such-package"); } catch (error) { return error.code; } })());
  check("require of built-ins", ["assert", "buffer", "crypto", "events", "http", "https", "path", "punycode", "querystring", "stream", "string_decoder", "timers", "timers/promises", "url", "util", "zlib", "fs", "net", "os", "tls", "tty", "http2", "child_process", "dns"].map((name) => typeof require(name)));
  check("prefix", require("node:path") === require("path"));
  check("umask", typeof process.cwd());
  process.stdout.write("written\n");
};
