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
replace(String.prototype, { localeCompare(other, locales, options) { return intl().localeCompare(String(this), String(other), locales, options); } });
