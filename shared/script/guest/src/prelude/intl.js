// Intl, for English, with the time zones of the world. What it does not know throws a RangeError.

import { DateTimeFormat } from "hookpoint:intl_dates";
import { NumberFormat, PluralRules } from "hookpoint:intl_numbers";
import { locale as localeOf, option, optionsOf, supportedLocalesOf } from "hookpoint:intl_options";
import { zoneNames } from "hookpoint:intl_zones";

const refused = (what) => new RangeError(`${what} is not supported in the sandbox`);
const MARKS = /[\u0300-\u036f]/g;
const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ł: "l" };
const base = (text) => text.normalize("NFD").replace(MARKS, "").toLowerCase().replace(/[ßæœøđł]/g, (letter) => LETTERS[letter]);
const accented = (text) => text.normalize("NFD").toLowerCase();

/** Where a character stands: spaces, punctuation, symbols, digits, letters. */
function rank(character) {
  if (/\s/.test(character)) return 0;
  if (character === "_") return 1;
  if (/[\p{P}]/u.test(character)) return 2;
  if (/[\p{S}]/u.test(character)) return 3;
  return /\p{N}/u.test(character) ? 4 : 5;
}
const PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

function order(left, right) {
  const ranks = rank(left) - rank(right);
  if (ranks !== 0) return ranks;
  const [one, other] = [PUNCTUATION.indexOf(left), PUNCTUATION.indexOf(right)];
  if (one >= 0 && other >= 0) return one - other;
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareTexts(left, right, numeric) {
  const pattern = numeric ? /\d+|[^]/gu : /[^]/gu;
  const [ones, others] = [left.match(pattern) ?? [], right.match(pattern) ?? []];
  for (let index = 0; index < Math.min(ones.length, others.length); index++) {
    const [one, other] = [ones[index], others[index]];
    if (one === other) continue;
    if (numeric && /^\d/.test(one) && /^\d/.test(other)) {
      const difference = BigInt(one) - BigInt(other);
      if (difference !== 0n) return difference < 0n ? -1 : 1;
      continue;
    }
    const difference = order(one[0] === other[0] ? one : one[0], one[0] === other[0] ? other : other[0]);
    if (difference !== 0) return Math.sign(difference);
  }
  return Math.sign(ones.length - others.length);
}

class Collator {
  #locale;
  #wanted;
  #compare;
  constructor(locales, options) {
    this.#locale = localeOf(locales);
    const given = optionsOf(options);
    this.#wanted = {
      usage: option(given, "usage", ["sort", "search"], "sort"), sensitivity: option(given, "sensitivity", ["base", "accent", "case", "variant"], "variant"),
      ignorePunctuation: Boolean(given.ignorePunctuation), collation: "default", numeric: Boolean(given.numeric),
      caseFirst: option(given, "caseFirst", ["upper", "lower", "false"], "false"),
    };
  }
  get compare() {
    return (this.#compare ??= (left, right) => {
      const { sensitivity, ignorePunctuation, numeric, caseFirst } = this.#wanted;
      const [one, other] = [left, right].map((text) => (ignorePunctuation ? String(text).replace(/[\p{P}\s]/gu, "") : String(text)));
      const first = compareTexts(base(one), base(other), numeric);
      if (first !== 0 || sensitivity === "base") return first;
      if (sensitivity !== "case") {
        const [a, b] = [accented(one), accented(other)];
        if (a !== b) return a < b ? -1 : 1;
        if (sensitivity === "accent") return 0;
      }
      const [a, b] = [one, other].map((text) => text.normalize("NFD").replace(MARKS, ""));
      if (a === b) return 0;
      for (let index = 0; index < a.length; index++) {
        if (a[index] === b[index]) continue;
        const isLower = a[index] === a[index].toLowerCase();
        return isLower === (caseFirst !== "upper") ? -1 : 1;
      }
      return 0;
    });
  }
  resolvedOptions() { return { locale: this.#locale, ...this.#wanted }; }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.Collator"; }
}

class ListFormat {
  #locale;
  #wanted;
  constructor(locales, options) {
    this.#locale = localeOf(locales);
    const given = optionsOf(options);
    this.#wanted = { type: option(given, "type", ["conjunction", "disjunction", "unit"], "conjunction"), style: option(given, "style", ["long", "short", "narrow"], "long") };
  }
  formatToParts(list) {
    const items = [...list].map((item) => { if (typeof item !== "string") throw new TypeError("Iterable yielded a non-String value"); return item; });
    const { type, style } = this.#wanted;
    const british = this.#locale === "en-GB";
    const word = type === "unit" ? "" : type === "disjunction" ? "or" : style === "long" || british ? "and" : style === "short" ? "&" : "";
    const comma = style === "narrow" && type === "unit" ? " " : ", ";
    const last = word === "" ? comma : ` ${word} `;
    const final = word === "" ? comma : british ? ` ${word} ` : `, ${word} `;
    return items.flatMap((value, index) => {
      const separator = index === 0 ? null : index < items.length - 1 ? comma : items.length === 2 ? last : final;
      return [...(separator === null ? [] : [{ type: "literal", value: separator }]), { type: "element", value }];
    });
  }
  format(list) { return this.formatToParts(list).map((part) => part.value).join(""); }
  resolvedOptions() { return { locale: this.#locale, ...this.#wanted }; }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.ListFormat"; }
}

const NOW = { day: { "-1": "yesterday", 0: "today", 1: "tomorrow" }, second: { 0: "now" } };
const SHORT = { year: ["yr.", "yr."], quarter: ["qtr.", "qtrs."], month: ["mo.", "mo."], week: ["wk.", "wk."], day: ["day", "days"], hour: ["hr.", "hr."], minute: ["min.", "min."], second: ["sec.", "sec."] };

class RelativeTimeFormat {
  #locale;
  #wanted;
  constructor(locales, options) {
    this.#locale = localeOf(locales);
    const given = optionsOf(options);
    this.#wanted = { style: option(given, "style", ["long", "short", "narrow"], "long"), numeric: option(given, "numeric", ["always", "auto"], "always") };
    if (this.#wanted.style === "narrow") throw refused("the style narrow");
  }
  format(value, unit) {
    const name = String(unit).replace(/s$/, "");
    if (!SHORT[name]) throw new RangeError(`Invalid unit argument for format() '${unit}'`);
    const number = Number(value);
    if (!Number.isFinite(number)) throw new RangeError("Invalid time value");
    if (this.#wanted.numeric === "auto") {
      const words = NOW[name]?.[number] ?? { "-1": `last ${this.#named(name, 1)}`, 0: `this ${this.#named(name, 1)}`, 1: `next ${this.#named(name, 1)}` }[["year", "quarter", "month", "week"].includes(name) ? number : "none"]
        ?? (number === 0 ? `this ${name}` : undefined);
      if (words) return words;
    }
    const isPast = number < 0 || Object.is(number, -0);
    const size = new NumberFormat(this.#locale).format(Math.abs(number));
    const text = `${size} ${this.#named(name, size)}`;
    return isPast ? `${text} ago` : `in ${text}`;
  }
  #named(name, size) {
    const one = String(size) === "1";
    return this.#wanted.style === "short" ? SHORT[name][one ? 0 : 1] : `${name}${one ? "" : "s"}`;
  }
  formatToParts() { throw refused("Intl.RelativeTimeFormat.formatToParts"); }
  resolvedOptions() { return { locale: this.#locale, ...this.#wanted, numberingSystem: "latn" }; }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.RelativeTimeFormat"; }
}

const absent = (name) => ({ [name]: class { constructor() { throw refused(`Intl.${name}`); } } })[name];

/** `Intl.DateTimeFormat` and its like may be called without `new`. */
const callable = (Class) => new Proxy(Class, { apply: (target, self, values) => new target(...values) });

const LISTS = { calendar: ["gregory"], numberingSystem: ["latn"], collation: [], currency: ["AUD", "BRL", "CAD", "CHF", "CNY", "EUR", "GBP", "INR", "JPY", "KRW", "MXN", "SEK", "USD"] };

export const Intl = {
  Collator: callable(Collator),
  DateTimeFormat: callable(DateTimeFormat),
  DisplayNames: absent("DisplayNames"),
  DurationFormat: absent("DurationFormat"),
  ListFormat,
  Locale: absent("Locale"),
  NumberFormat: callable(NumberFormat),
  PluralRules,
  RelativeTimeFormat,
  Segmenter: absent("Segmenter"),
  getCanonicalLocales: (locales) => [locales ?? []].flat().map((each) => localeOf(each)),
  supportedValuesOf(key) {
    if (key === "timeZone") return zoneNames();
    if (!LISTS[key]) throw new RangeError(`Invalid key : ${key}`);
    return LISTS[key];
  },
};
Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });

export const toLocaleString = (date, locales, options, needs, defaults) => (
  Number.isNaN(date.getTime()) ? "Invalid Date" : new DateTimeFormat(locales, options, needs, defaults).format(date));
export const numberToLocaleString = (number, locales, options) => new NumberFormat(locales, options).format(number);
export const localeCompare = (left, right, locales, options) => new Collator(locales, options).compare(left, right);
