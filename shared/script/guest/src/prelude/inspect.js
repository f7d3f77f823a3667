// Values as text, for logs.

const DEPTH = 4;
const ENTRIES = 100;

export function inspect(value, depth = DEPTH, seen = []) {
  if (typeof value === "string") return seen.length === 0 ? value : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.includes(value)) return "[circular]";
  if (value instanceof Error) {
    const cause = value.cause === undefined ? "" : ` [cause: ${inspect(value.cause, depth - 1, [...seen, value])}]`;
    return `${value.name}: ${value.message}${cause}`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return value.toString();
  if (value instanceof Promise) return "[promise]";
  if (seen.length >= depth) return Array.isArray(value) ? "[array]" : "[object]";
  const inner = (held) => inspect(held, depth, [...seen, value]);
  const list = (items, total) => (total > items.length ? [...items, `… ${total - items.length} more`] : items).join(", ");
  if (Array.isArray(value)) return `[${list(value.slice(0, ENTRIES).map(inner), value.length)}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `${value[Symbol.toStringTag]}(${value.length}) [${list([...value.subarray(0, 20)].map(String), value.length)}]`;
  }
  if (value instanceof Map) {
    return `Map(${value.size}) {${list([...value].slice(0, ENTRIES).map(([key, held]) => `${inner(key)} => ${inner(held)}`), value.size)}}`;
  }
  if (value instanceof Set) return `Set(${value.size}) {${list([...value].slice(0, ENTRIES).map(inner), value.size)}}`;
  if (typeof value.toJSON === "function" && value[Symbol.toStringTag]) return String(value);
  const keys = Object.keys(value);
  const entries = keys.slice(0, ENTRIES).map((key) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${inner(value[key])}`);
  const name = value.constructor?.name;
  return `${name && name !== "Object" ? `${name} ` : ""}{${entries.length ? ` ${list(entries, keys.length)} ` : ""}}`;
}

/** Like `printf`, as `console.log` and `util.format` know it. */
export function format(first, ...rest) {
  let text;
  if (typeof first === "string") {
    text = first.replace(/%[sdifjoOc%]/g, (placeholder) => {
      if (placeholder === "%%") return "%";
      if (rest.length === 0) return placeholder;
      const value = rest.shift();
      switch (placeholder) {
        case "%s": return typeof value === "object" ? inspect(value, 1) : String(value);
        case "%d": return String(Number(value));
        case "%i": return String(Math.trunc(Number(value)));
        case "%f": return String(Number.parseFloat(value));
        case "%j": try { return JSON.stringify(value); } catch { return "[circular]"; }
        case "%c": return "";
        default: return inspect(value);
      }
    });
  } else {
    text = inspect(first);
  }
  return [text, ...rest.map((value) => inspect(value))].join(" ");
}
