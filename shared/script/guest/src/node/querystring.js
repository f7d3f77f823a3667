// node:querystring.

import { Buffer } from "node:buffer";

export function escape(text) {
  if (typeof text !== "string") text = typeof text === "object" ? String(text) : `${text}`;
  try {
    return encodeURIComponent(text);
  } catch {
    const error = new URIError("URI malformed");
    error.code = "ERR_INVALID_URI";
    throw error;
  }
}

/** Every escape that is one, as bytes. */
export function unescapeBuffer(text) {
  const bytes = Buffer.from(String(text));
  const decoded = [];
  for (let index = 0; index < bytes.length; index++) {
    const digits = bytes[index] === 0x25 ? bytes.toString("latin1", index + 1, index + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(digits)) {
      decoded.push(Number.parseInt(digits, 16));
      index += 2;
    } else {
      decoded.push(bytes[index]);
    }
  }
  return Buffer.from(decoded);
}

export function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
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

export function stringify(object, separator, equals, options) {
  if (object === null || typeof object !== "object") return "";
  const encode = typeof options?.encodeURIComponent === "function" ? options.encodeURIComponent : querystring.escape;
  return Object.keys(object)
    .flatMap((name) => [object[name]].flat(1).map((item) => encode(name) + (equals || "=") + encode(plain(item))))
    .join(separator || "&");
}

export function parse(text, separator, equals, options) {
  const result = Object.create(null);
  if (typeof text !== "string" || text === "") return result;
  separator = separator ? String(separator) : "&";
  equals = equals ? String(equals) : "=";
  const decode = typeof options?.decodeURIComponent === "function" ? options.decodeURIComponent : querystring.unescape;
  const decoded = (side) => {
    const spaced = side.replace(/\+/g, " ");
    if (decode === unescape && !spaced.includes("%")) return spaced;
    try {
      return decode(spaced);
    } catch {
      return unescape(spaced);
    }
  };
  const limit = typeof options?.maxKeys === "number" ? options.maxKeys : 1000;
  let parts = text.split(separator);
  if (limit > 0) parts = parts.slice(0, limit);
  for (const part of parts) {
    if (part === "") continue;
    const at = part.indexOf(equals);
    const [name, value] = (at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + equals.length)]).map(decoded);
    if (name in result) result[name] = [].concat(result[name], value);
    else result[name] = value;
  }
  return result;
}

export { parse as decode, stringify as encode };
const querystring = { unescapeBuffer, unescape, escape, stringify, encode: stringify, parse, decode: parse };
export default querystring;
