// The methods of the language that ask for a locale. `Intl` is loaded when one of them is called.

import { host } from "hookpoint:host";

const intl = () => host.builtIn("hookpoint:intl");
const { getTime } = Date.prototype;

function replace(prototype, methods) {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

const checked = (date) => { Reflect.apply(getTime, date, []); return date; };
replace(Date.prototype, {
  toLocaleString(locales, options) { return intl().toLocaleString(checked(this), locales, options, "any", "all"); },
  toLocaleDateString(locales, options) { return intl().toLocaleString(checked(this), locales, options, "date", "date"); },
  toLocaleTimeString(locales, options) { return intl().toLocaleString(checked(this), locales, options, "time", "time"); },
});
replace(Number.prototype, { toLocaleString(locales, options) { return intl().numberToLocaleString(Number.prototype.valueOf.call(this), locales, options); } });
replace(BigInt.prototype, { toLocaleString(locales, options) { return intl().numberToLocaleString(BigInt.prototype.valueOf.call(this), locales, options); } });
const { toLocaleLowerCase, toLocaleUpperCase } = String.prototype;
replace(String.prototype, {
  localeCompare(other, locales, options) { return intl().localeCompare(String(this), String(other), locales, options); },
  toLocaleLowerCase(locales) {
    const lower = Reflect.apply(toLocaleLowerCase, this, []);
    return locales === undefined ? lower : host.builtIn("hookpoint:intl_case").lowerCase(String(this), locales);
  },
  toLocaleUpperCase(locales) {
    const upper = Reflect.apply(toLocaleUpperCase, this, []);
    return locales === undefined ? upper : host.builtIn("hookpoint:intl_case").upperCase(String(this), locales);
  },
});

// Lists hand the locale on to their elements.
for (const prototype of [Array.prototype, Object.getPrototypeOf(Uint8Array.prototype)]) {
  const { toLocaleString } = prototype;
  replace(prototype, {
    toLocaleString(locales, options) {
      if (locales === undefined && options === undefined) return Reflect.apply(toLocaleString, this, []);
      return Array.from(this, (each) => each?.toLocaleString(locales, options) ?? "").join(",");
    },
  });
}

// The engine leaves the name of the time zone out.
const { toString, toTimeString } = Date.prototype;
function named(method, date) {
  const text = Reflect.apply(method, date, []);
  return text === "Invalid Date" ? text : `${text} (Coordinated Universal Time)`;
}
replace(Date.prototype, {
  toString() { return named(toString, this); },
  toTimeString() { return named(toTimeString, this); },
});
globalThis.Date = new Proxy(Date, { apply: () => new Date().toString() });
Object.defineProperty(Date.prototype, "constructor", { value: Date, writable: true, configurable: true });
