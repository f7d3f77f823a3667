// Values as text, for logs: as `util.inspect` writes them, which is loaded when a log line needs it.

import { host } from "hookpoint:host";

let loaded;
const text = () => (loaded ??= host.builtIn("package:inspect").default);

export const inspect = (value, options) => text().inspect(value, options);

/** Like `printf`, as `console.log` and `util.format` know it. */
export function format(...values) {
  if (values.length === 1 && typeof values[0] === "string") return values[0];
  return text().format(...values);
}
