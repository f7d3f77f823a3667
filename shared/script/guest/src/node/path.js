// node:path, the POSIX one: the `path-browserify` package.

import base from "package:path";

const unsupported = (name) => ({ [name]() { throw new Error(`path.win32.${name} is not supported in the sandbox`); } })[name];

base.toNamespacedPath = (path) => path;
base.win32 = { sep: "\\", delimiter: ";" };
for (const name of ["basename", "dirname", "extname", "format", "isAbsolute", "join", "normalize", "parse", "relative", "resolve"]) {
  base.win32[name] = unsupported(name);
}
base.posix = base;

export const {
  basename, delimiter, dirname, extname, format, isAbsolute, join, normalize, parse, posix, relative, resolve, sep, toNamespacedPath, win32,
} = base;
export default base;
