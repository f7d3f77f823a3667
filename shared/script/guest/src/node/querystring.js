// node:querystring.

export const escape = (text) => encodeURIComponent(String(text).toWellFormed()).replace(/[!'()*]/g, (character) => character);

export function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const plain = (value) => {
  switch (typeof value) {
    case "string": return value;
    case "number": return Number.isFinite(value) ? String(value) : "";
    case "boolean": case "bigint": return String(value);
    default: return "";
  }
};

export function stringify(object, separator = "&", equals = "=", options = {}) {
  const encode = options.encodeURIComponent ?? escape;
  if (object === null || typeof object !== "object") return "";
  return Object.entries(object)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((item) => encode(name) + equals + encode(plain(item))))
    .join(separator);
}

export function parse(text, separator = "&", equals = "=", options = {}) {
  const decode = options.decodeURIComponent ?? unescape;
  const result = Object.create(null);
  if (typeof text !== "string" || text === "") return result;
  const limit = options.maxKeys ?? 1000;
  const parts = text.split(separator);
  for (const part of limit > 0 ? parts.slice(0, limit) : parts) {
    if (part === "") continue;
    const at = part.indexOf(equals);
    const [name, value] = (at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + equals.length)])
      .map((side) => decode(side.replace(/\+/g, " ")));
    if (name in result) result[name] = [].concat(result[name], value);
    else result[name] = value;
  }
  return result;
}

export { parse as decode, stringify as encode };
export default { escape, unescape, stringify, parse, encode: stringify, decode: parse };
