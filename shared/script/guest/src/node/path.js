// node:path, the POSIX one.

export const sep = "/";
export const delimiter = ":";

export function isAbsolute(path) { return path.startsWith("/"); }

export function normalize(path) {
  if (path === "") return ".";
  const absolute = isAbsolute(path);
  const kept = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!absolute) kept.push(part);
  }
  const joined = kept.join("/") + (path.endsWith("/") && kept.length > 0 ? "/" : "");
  return (absolute ? "/" : "") + joined || ".";
}

export function join(...parts) {
  const joined = parts.filter((part) => part !== "").join("/");
  return joined === "" ? "." : normalize(joined);
}

export function resolve(...parts) {
  let resolved = "";
  for (const part of ["/", ...parts]) resolved = isAbsolute(part) ? part : part === "" ? resolved : `${resolved}/${part}`;
  const normal = normalize(resolved);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

export function dirname(path) {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return path.startsWith("/") ? "/" : ".";
  return trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
}

export function basename(path, suffix = "") {
  const name = path.replace(/\/+$/, "").split("/").at(-1);
  return suffix && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name;
}

export function extname(path) {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot) : "";
}

export function parse(path) {
  const root = isAbsolute(path) ? "/" : "";
  const base = basename(path);
  const ext = extname(path);
  const directory = dirname(path);
  return { root, dir: directory === "." && !path.startsWith(".") ? root : directory, base, ext, name: ext ? base.slice(0, -ext.length) : base };
}

export function format({ root = "", dir = "", base, name = "", ext = "" }) {
  const file = base ?? name + (ext && !ext.startsWith(".") ? `.${ext}` : ext);
  const folder = dir || root;
  return !folder ? file : folder === root ? folder + file : `${folder}/${file}`;
}

export function relative(from, to) {
  const start = resolve(from).split("/").filter(Boolean);
  const end = resolve(to).split("/").filter(Boolean);
  let common = 0;
  while (common < start.length && common < end.length && start[common] === end[common]) common++;
  return [...start.slice(common).map(() => ".."), ...end.slice(common)].join("/");
}

const path = { sep, delimiter, isAbsolute, normalize, join, resolve, dirname, basename, extname, parse, format, relative };
path.posix = path;
export const posix = path;
export default path;
