// Time zones of the IANA database, from the `moment-timezone` package: what the clocks of a place showed from 1970 to 2100.

import data from "package:zones";

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX";

/** A number in base 60, with a fraction. */
function unpack(text) {
  const isNegative = text.startsWith("-");
  const [whole, fraction = ""] = (isNegative ? text.slice(1) : text).split(".");
  let number = 0;
  for (const digit of whole) number = 60 * number + DIGITS.indexOf(digit);
  let unit = 1;
  for (const digit of fraction) {
    unit /= 60;
    number += DIGITS.indexOf(digit) * unit;
  }
  return isNegative ? -number : number;
}

const packed = new Map(data.zones.map((zone) => [zone.slice(0, zone.indexOf("|")), zone]));
const links = new Map(data.links.map((link) => { const [target, name] = link.split("|"); return [name, target]; }));
const names = new Map([...packed.keys(), ...links.keys()].map((name) => [name.toLowerCase(), name]));
const zones = new Map();

/** `+05:30` and what else is an offset, in minutes. */
function offsetOf(name) {
  const found = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(name);
  if (!found || Number(found[2]) > 23 || Number(found[3] ?? 0) > 59) return undefined;
  return (found[1] === "-" ? -1 : 1) * (60 * Number(found[2]) + Number(found[3] ?? 0));
}

/** The name of a zone as the database spells it; throws a `RangeError` when there is none. */
export function zoneName(given) {
  const name = String(given);
  if (/^(?:utc|gmt|etc\/utc|etc\/gmt)$/i.test(name)) return "UTC";
  const offset = offsetOf(name);
  if (offset !== undefined) {
    const minutes = Math.abs(offset);
    return `${offset < 0 ? "-" : "+"}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }
  const known = names.get(name.toLowerCase());
  if (!known) throw new RangeError(`Invalid time zone specified: ${name}`);
  return known;
}

function load(name) {
  const target = links.get(name) ?? name;
  if (!zones.has(target)) {
    const [, abbreviations, offsets, indices, differences] = packed.get(target).split("|");
    let time = 0;
    const until = differences === "" ? [] : differences.split(" ").map((difference) => {
      time += Math.round(unpack(difference) * 60) * 1000;
      return time;
    });
    const texts = abbreviations.split(" ");
    const minutes = offsets.split(" ").map(unpack);
    zones.set(target, { until, parts: [...indices].map((index) => { const at = DIGITS.indexOf(index); return { minutes: -minutes[at], text: texts[at] }; }) });
  }
  return zones.get(target);
}

const END = Date.UTC(2100, 0, 1);

/** The offset at a moment in minutes, and its abbreviation. */
export function at(name, time) {
  if (name === "UTC") return { minutes: 0, text: "UTC" };
  const offset = offsetOf(name);
  if (offset !== undefined) return { minutes: offset, text: "" };
  const { until, parts } = load(name);
  if (time >= END && parts.length > 1 && until.at(-1) > END - 4e10) {
    throw new RangeError(`the clocks of ${name} after 2099 are not known in the sandbox`);
  }
  let low = 0;
  let high = until.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (until[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return parts[Math.min(low, parts.length - 1)];
}

/** Whether a zone has the rules of another one. */
export const isSame = (name, other) => (links.get(name) ?? name) === (links.get(other) ?? other);
export const zoneNames = () => [...new Set([...packed.keys(), ...links.keys()])].filter((name) => /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//.test(name)).sort();
