// Intl.NumberFormat and Intl.PluralRules for English.

import { locale as localeOf, numberOption, option, optionsOf, supportedLocalesOf } from "hookpoint:intl_options";

const SYMBOLS = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CNY: "CN¥", KRW: "₩", BRL: "R$", CAD: "CA$", AUD: "A$", MXN: "MX$", NZD: "NZ$", ILS: "₪", VND: "₫", TWD: "NT$", HKD: "HK$", XAF: "FCFA", XOF: "F CFA", PHP: "₱" };
const NAMES = {
  USD: ["US dollar", "US dollars"], EUR: ["euro", "euros"], GBP: ["British pound", "British pounds"], JPY: ["Japanese yen", "Japanese yen"],
  CHF: ["Swiss franc", "Swiss francs"], CAD: ["Canadian dollar", "Canadian dollars"], AUD: ["Australian dollar", "Australian dollars"],
  CNY: ["Chinese yuan", "Chinese yuan"], INR: ["Indian rupee", "Indian rupees"], SEK: ["Swedish krona", "Swedish kronor"],
};
const DIGITS = { JPY: 0, KRW: 0, VND: 0, CLP: 0, ISK: 0, XAF: 0, XOF: 0, PYG: 0, UGX: 0, RWF: 0, BHD: 3, KWD: 3, JOD: 3, OMR: 3, TND: 3 };
const UNITS = {
  percent: ["%", "%", "percent", "percent"], byte: [" byte", "B", " byte", " bytes"], kilobyte: [" kB", "kB", " kilobyte", " kilobytes"],
  megabyte: [" MB", "MB", " megabyte", " megabytes"], gigabyte: [" GB", "GB", " gigabyte", " gigabytes"], second: [" sec", "s", " second", " seconds"],
  minute: [" min", "m", " minute", " minutes"], hour: [" hr", "h", " hour", " hours"], day: [" day", "d", " day", " days"],
  kilometer: [" km", "km", " kilometer", " kilometers"], meter: [" m", "m", " meter", " meters"], kilogram: [" kg", "kg", " kilogram", " kilograms"],
  gram: [" g", "g", " gram", " grams"], celsius: ["°C", "°C", " degree Celsius", " degrees Celsius"], liter: [" L", "L", " liter", " liters"],
};
const refused = (what) => new RangeError(`${what} is not supported in the sandbox`);

/** A number in decimal, exactly: digits before the point, digits behind it. */
function decimal(value) {
  const text = typeof value === "bigint" ? String(value) : exact(value);
  const [whole, fraction = ""] = text.split(".");
  return { whole, fraction };
}

function exact(number) {
  const text = String(number);
  const found = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!found) return text;
  const digits = found[1] + (found[2] ?? "");
  const exponent = Number(found[3]);
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  return digits.length <= exponent + 1 ? digits.padEnd(exponent + 1, "0") : `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Rounded half away from zero to so many digits behind the point, which may be negative. */
function round({ whole, fraction }, digits) {
  if (fraction.length <= digits) return { whole, fraction };
  const all = whole + fraction;
  const kept = whole.length + digits;
  if (kept < 0) return { whole: "0", fraction: "" };
  let number = BigInt(all.slice(0, kept) || "0");
  if (all[kept] >= "5") number += 1n;
  let text = String(number);
  if (digits <= 0) return { whole: number === 0n ? "0" : text + "0".repeat(-digits), fraction: "" };
  text = text.padStart(digits + 1, "0");
  return { whole: text.slice(0, -digits), fraction: text.slice(-digits) };
}

function significant(parts, smallest, largest) {
  const all = parts.whole.replace(/^0+/, "");
  const leading = all.length > 0 ? all.length : -/^0*/.exec(parts.fraction)[0].length;
  if (all.length === 0 && /^0*$/.test(parts.fraction)) return { whole: "0", fraction: "0".repeat(Math.max(0, smallest - 1)) };
  let rounded = round(parts, largest - leading);
  const width = rounded.whole.replace(/^0+/, "").length || -/^0*/.exec(rounded.fraction)[0].length;
  const wanted = Math.max(0, smallest - width);
  const fraction = rounded.fraction.replace(/0+$/, "").padEnd(wanted, "0");
  return { whole: rounded.whole.replace(/^0+(?=\d)/, ""), fraction };
}

/** How many digits are shown, as the options say. */
function digitOptions(options, fewest, most, isCompact) {
  const wanted = { minimumIntegerDigits: numberOption(options, "minimumIntegerDigits", 1, 21, 1) };
  if (options.minimumSignificantDigits !== undefined || options.maximumSignificantDigits !== undefined) {
    wanted.minimumSignificantDigits = numberOption(options, "minimumSignificantDigits", 1, 21, 1);
    wanted.maximumSignificantDigits = numberOption(options, "maximumSignificantDigits", wanted.minimumSignificantDigits, 21, 21);
    return wanted;
  }
  const low = numberOption(options, "minimumFractionDigits", 0, 100, undefined);
  const high = numberOption(options, "maximumFractionDigits", 0, 100, undefined);
  if (isCompact && low === undefined && high === undefined) return { ...wanted, isCompact: true };
  wanted.minimumFractionDigits = low ?? Math.min(fewest, high ?? fewest);
  wanted.maximumFractionDigits = high ?? Math.max(most, wanted.minimumFractionDigits);
  if (wanted.minimumFractionDigits > wanted.maximumFractionDigits) throw new RangeError("maximumFractionDigits value is out of range.");
  return wanted;
}

function shown(parts, wanted) {
  let rounded;
  if (wanted.isCompact) {
    rounded = parts.whole.length >= 2 ? round(parts, 0) : significant(parts, 1, 2);
    rounded = { whole: rounded.whole, fraction: rounded.fraction.replace(/0+$/, "") };
  } else if (wanted.maximumSignificantDigits !== undefined) {
    rounded = significant(parts, wanted.minimumSignificantDigits, wanted.maximumSignificantDigits);
  } else {
    rounded = round(parts, wanted.maximumFractionDigits);
    rounded = { whole: rounded.whole, fraction: rounded.fraction.replace(/0+$/, "").padEnd(wanted.minimumFractionDigits, "0") };
  }
  return { whole: rounded.whole.padStart(wanted.minimumIntegerDigits, "0"), fraction: rounded.fraction };
}

const isZero = ({ whole, fraction }) => /^0*$/.test(whole + fraction);

export class NumberFormat {
  #locale;
  #wanted;
  #format;
  constructor(locales, options) {
    this.#locale = localeOf(locales);
    const given = optionsOf(options);
    const style = option(given, "style", ["decimal", "percent", "currency", "unit"], "decimal");
    const notation = option(given, "notation", ["standard", "scientific", "engineering", "compact"], "standard");
    if (notation === "scientific" || notation === "engineering") throw refused(`the notation ${notation}`);
    if (option(given, "numberingSystem", null, "latn") !== "latn") throw refused(`the numbering system ${given.numberingSystem}`);
    for (const name of ["roundingIncrement", "roundingMode", "roundingPriority", "trailingZeroDisplay"]) {
      if (given[name] !== undefined && !["1", "halfExpand", "auto"].includes(String(given[name]))) throw refused(`${name} ${given[name]}`);
    }
    const wanted = { style };
    if (given.currency !== undefined && !/^[A-Za-z]{3}$/.test(String(given.currency))) throw new RangeError(`Invalid currency code : ${given.currency}`);
    if (style === "currency") {
      if (given.currency === undefined) throw new TypeError("Currency code is required with currency style.");
      wanted.currency = String(given.currency).toUpperCase();
      wanted.currencyDisplay = option(given, "currencyDisplay", ["code", "symbol", "narrowSymbol", "name"], "symbol");
      wanted.currencySign = option(given, "currencySign", ["standard", "accounting"], "standard");
      if (wanted.currencyDisplay === "name" && !NAMES[wanted.currency]) throw refused(`the name of the currency ${wanted.currency}`);
    }
    if (style === "unit") {
      if (given.unit === undefined) throw new TypeError("Required option \"unit\" must not be undefined");
      wanted.unit = String(given.unit);
      wanted.unitDisplay = option(given, "unitDisplay", ["short", "narrow", "long"], "short");
      if (!UNITS[wanted.unit]) throw refused(`the unit ${wanted.unit}`);
    }
    const money = style === "currency" ? DIGITS[wanted.currency] ?? 2 : undefined;
    Object.assign(wanted, digitOptions(given, money ?? 0, money ?? (style === "percent" ? 0 : 3), notation === "compact"));
    const grouping = given.useGrouping;
    wanted.useGrouping = grouping === undefined ? (notation === "compact" ? "min2" : "auto") : grouping === true || grouping === "true" ? "always" : grouping === false || grouping === "false" ? false : String(grouping);
    if (![false, "always", "auto", "min2"].includes(wanted.useGrouping)) throw new RangeError(`Value ${grouping} out of range for Intl.NumberFormat options property useGrouping`);
    Object.assign(wanted, { notation, signDisplay: option(given, "signDisplay", ["auto", "never", "always", "exceptZero", "negative"], "auto") });
    if (notation === "compact") wanted.compactDisplay = option(given, "compactDisplay", ["short", "long"], "short");
    this.#wanted = wanted;
  }
  formatToParts(value) {
    const wanted = this.#wanted;
    let number = typeof value === "bigint" ? value : typeof value === "string" && /^-?\d{16,}$/.test(value.trim()) ? BigInt(value) : Number(value);
    const isNegative = typeof number === "bigint" ? number < 0n : number < 0 || Object.is(number, -0);
    if (isNegative) number = -number;
    const parts = [];
    let zero = false;
    let text = "";
    if (Number.isNaN(number)) parts.push({ type: "nan", value: "NaN" });
    else if (number === Infinity) parts.push({ type: "infinity", value: "∞" });
    else {
      let plain = decimal(number);
      let suffix;
      if (wanted.style === "percent") {
        const digits = plain.fraction.padEnd(2, "0");
        plain = { whole: (plain.whole + digits.slice(0, 2)).replace(/^0+(?=\d)/, ""), fraction: digits.slice(2) };
      }
      if (wanted.notation === "compact") [plain, suffix] = this.#compact(plain);
      const { whole, fraction } = shown(plain, wanted);
      zero = isZero({ whole, fraction });
      text = fraction ? `${whole}.${fraction}` : whole;
      const isGrouped = wanted.useGrouping !== false && whole.length > (wanted.useGrouping === "min2" ? 4 : 3);
      const groups = isGrouped ? whole.replace(/\B(?=(\d{3})+$)/g, ",").split(",") : [whole];
      groups.forEach((digits, index) => {
        if (index > 0) parts.push({ type: "group", value: "," });
        parts.push({ type: "integer", value: digits });
      });
      if (fraction) parts.push({ type: "decimal", value: "." }, { type: "fraction", value: fraction });
      if (suffix) parts.push(...(wanted.compactDisplay === "long" ? [{ type: "literal", value: " " }] : []), { type: "compact", value: suffix });
    }
    return this.#dressed(parts, isNegative, zero || parts[0].type === "nan", text);
  }
  #compact(plain) {
    const power = Math.min(4, Math.floor((plain.whole.length - 1) / 3));
    for (let at = power; ; at++) {
      if (at === 0) {
        const rounded = shown(plain, this.#wanted);
        if (rounded.whole.length < 4) return [plain, undefined];
        continue;
      }
      const moved = { whole: plain.whole.slice(0, -3 * at) || "0", fraction: plain.whole.slice(-3 * at).padStart(3 * at, "0") + plain.fraction };
      if (at < 4 && shown(moved, this.#wanted).whole.length > 3) continue;
      return [moved, (this.#wanted.compactDisplay === "long" ? ["thousand", "million", "billion", "trillion"] : ["K", "M", "B", "T"])[at - 1]];
    }
  }
  #dressed(parts, isNegative, isNeutral, text) {
    const { style, signDisplay, currency, currencyDisplay, currencySign, unit, unitDisplay } = this.#wanted;
    const sign = {
      auto: isNegative ? "-" : "", never: "", always: isNegative ? "-" : "+", exceptZero: isNeutral ? "" : isNegative ? "-" : "+",
      negative: isNegative && !isNeutral ? "-" : "",
    }[signDisplay];
    const signPart = sign ? [{ type: sign === "-" ? "minusSign" : "plusSign", value: sign }] : [];
    if (style === "percent") return [...signPart, ...parts, { type: "percentSign", value: "%" }];
    if (style === "unit") {
      const names = UNITS[unit];
      const value = unitDisplay === "long" ? names[text === "1" ? 2 : 3] : unitDisplay === "narrow" ? names[1] : unit === "byte" || unit === "day" ? `${names[0]}${unit === "day" && text !== "1" ? "s" : ""}` : names[0];
      const spaced = unit === "percent" && unitDisplay === "long" ? ` ${value}` : value;
      const isSpaced = spaced.startsWith(" ");
      return [...signPart, ...parts, ...(isSpaced ? [{ type: "literal", value: " " }] : []), { type: unit === "percent" && unitDisplay !== "long" ? "percentSign" : "unit", value: spaced.trimStart() }];
    }
    if (style !== "currency") return [...signPart, ...parts];
    if (currencyDisplay === "name") return [...signPart, ...parts, { type: "literal", value: " " }, { type: "currency", value: NAMES[currency][text === "1" ? 0 : 1] }];
    const british = this.#locale === "en-GB" && { USD: "US$", JPY: "JP¥" }[currency];
    const symbol = currencyDisplay === "code" ? currency : currencyDisplay === "narrowSymbol" ? (SYMBOLS[currency] ?? currency).replace(/^[A-Z]+(?=\W)/, "") : british || SYMBOLS[currency] || currency;
    const money = [{ type: "currency", value: symbol }, ...(/[A-Za-z]$/.test(symbol) && parts[0].type === "integer" ? [{ type: "literal", value: "\u00a0" }] : [])];
    if (currencySign === "accounting" && sign === "-") return [{ type: "literal", value: "(" }, ...money, ...parts, { type: "literal", value: ")" }];
    return [...signPart, ...money, ...parts];
  }
  get format() { return (this.#format ??= (value) => this.formatToParts(value).map((part) => part.value).join("")); }
  formatRange() { throw refused("Intl.NumberFormat.formatRange"); }
  formatRangeToParts() { throw refused("Intl.NumberFormat.formatRangeToParts"); }
  resolvedOptions() {
    const { isCompact, ...wanted } = this.#wanted;
    return {
      locale: this.#locale, numberingSystem: "latn", ...wanted, ...(isCompact && { minimumFractionDigits: 0, maximumFractionDigits: 0 }),
      roundingIncrement: 1, roundingMode: "halfExpand", roundingPriority: "auto", trailingZeroDisplay: "auto",
    };
  }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.NumberFormat"; }
}

export class PluralRules {
  #locale;
  #type;
  #digits;
  constructor(locales, options) {
    this.#locale = localeOf(locales);
    const given = optionsOf(options);
    this.#type = option(given, "type", ["cardinal", "ordinal"], "cardinal");
    this.#digits = digitOptions(given, 0, 3, false);
  }
  select(value) {
    const number = Math.abs(Number(value));
    if (!Number.isFinite(number)) return "other";
    const { whole, fraction } = shown(decimal(number), this.#digits);
    if (this.#type === "cardinal") return whole === "1" && fraction === "" ? "one" : "other";
    if (fraction !== "") return "other";
    const last = Number(whole.slice(-2));
    if (last >= 11 && last <= 13) return "other";
    return { 1: "one", 2: "two", 3: "few" }[last % 10] ?? "other";
  }
  selectRange() { throw refused("Intl.PluralRules.selectRange"); }
  resolvedOptions() {
    return { locale: this.#locale, type: this.#type, ...this.#digits, pluralCategories: this.#type === "cardinal" ? ["one", "other"] : ["few", "one", "two", "other"] };
  }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.PluralRules"; }
}
