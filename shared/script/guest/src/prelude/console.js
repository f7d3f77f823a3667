// console: lines for the run record.

import { host } from "hookpoint:host";
import { format, inspect } from "hookpoint:inspect";

const counts = new Map();
const started = new Map();
let indent = "";

function write(level, values) {
  let text;
  try {
    text = values.length > 0 ? format(...values) : "";
  } catch (error) {
    text = "[a value that cannot be shown]";
  }
  const prefix = level === "log" ? "" : `${level}: `;
  for (const line of text.split("\n")) host.log((prefix + indent + line).toWellFormed());
}

const at = (level) => (...values) => write(level, values);

export const console = {
  log: at("log"), info: at("info"), debug: at("debug"), warn: at("warn"), error: at("error"),
  trace: at("trace"),
  dir(value, options) { write("log", [inspect(value, { customInspect: false, ...options })]); },
  table(value) { write("log", [inspect(value)]); },
  assert(condition, ...values) { if (!condition) write("error", ["assertion failed", ...values]); },
  count(label = "default") {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    write("log", [`${label}: ${counts.get(label)}`]);
  },
  countReset(label = "default") { counts.delete(label); },
  group(...values) { if (values.length > 0) write("log", values); indent += "  "; },
  groupEnd() { indent = indent.slice(2); },
  time(label = "default") { started.set(label, host.now()); },
  timeLog(label = "default", ...values) {
    if (started.has(label)) write("log", [`${label}: ${(host.now() - started.get(label)).toFixed(3)} ms`, ...values]);
  },
  timeEnd(label = "default") {
    console.timeLog(label);
    started.delete(label);
  },
};
console.groupCollapsed = console.group;
