// Intl.DateTimeFormat for English.

import { locale as localeOf, numberOption, option, optionsOf, supportedLocalesOf } from "hookpoint:intl_options";
import { at, isSame, zoneName } from "hookpoint:intl_zones";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const US = { EST: "Eastern", EDT: "Eastern", CST: "Central", CDT: "Central", MST: "Mountain", MDT: "Mountain", PST: "Pacific", PDT: "Pacific", AKST: "Alaska", AKDT: "Alaska", HST: "Hawaii-Aleutian" };
const EUROPE = { CET: "Central European Standard Time", CEST: "Central European Summer Time", EET: "Eastern European Standard Time", EEST: "Eastern European Summer Time", WET: "Western European Standard Time", WEST: "Western European Summer Time" };
const literal = (value) => ({ type: "literal", value });
const two = (number) => String(number).padStart(2, "0");

function offset(minutes, isLong) {
  if (minutes === 0) return "GMT";
  const size = Math.abs(minutes);
  const hours = Math.floor(size / 60);
  const rest = size % 60;
  return `GMT${minutes < 0 ? "-" : "+"}${isLong ? two(hours) : hours}${rest > 0 || isLong ? `:${two(rest)}` : ""}`;
}

/** What the English names of a zone are. Those of many zones are not known here. */
function nameOfZone(zone, time, style, locale) {
  const { minutes, text } = at(zone, time);
  if (style === "shortOffset" || style === "longOffset") return offset(minutes, style === "longOffset");
  if (zone === "UTC") return style === "short" ? "UTC" : "Coordinated Universal Time";
  const isAmerican = text in US && /^(?:America|US|Pacific\/Honolulu)/.test(zone) && !/^America\/(?:Havana|Mexico|Costa|Guatemala|Managua)/.test(zone);
  const isEuropean = text in EUROPE && /^(?:Europe|Arctic|Atlantic)\//.test(zone);
  const isLondon = isSame(zone, "Europe/London");
  if (style === "short") {
    if (isAmerican && locale !== "en-GB") return text;
    if (locale === "en-GB" && (isEuropean || isLondon)) return text;
    return offset(minutes, false);
  }
  if (isAmerican) return `${US[text]} ${/DT$/.test(text) ? "Daylight" : "Standard"} Time`;
  if (isEuropean) return EUROPE[text];
  if (isLondon) return minutes === 0 ? "Greenwich Mean Time" : "British Summer Time";
  if (text === "") return offset(minutes, true);
  throw new RangeError(`the name of the time zone ${zone} is not known in the sandbox; use timeZoneName "longOffset"`);
}

const COMPONENTS = {
  weekday: ["narrow", "short", "long"], era: ["narrow", "short", "long"], year: ["2-digit", "numeric"],
  month: ["2-digit", "numeric", "narrow", "short", "long"], day: ["2-digit", "numeric"], dayPeriod: ["narrow", "short", "long"],
  hour: ["2-digit", "numeric"], minute: ["2-digit", "numeric"], second: ["2-digit", "numeric"],
};
const STYLES = ["full", "long", "medium", "short"];
const ZONE_NAMES = ["short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"];
const DATE_STYLES = {
  full: { weekday: "long", year: "numeric", month: "long", day: "numeric" }, long: { year: "numeric", month: "long", day: "numeric" },
  medium: { year: "numeric", month: "short", day: "numeric" },
};
const TIME_STYLES = {
  full: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "long" }, long: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
  medium: { hour: "numeric", minute: "2-digit", second: "2-digit" }, short: { hour: "numeric", minute: "2-digit" },
};

/** What the options ask for. `needs` is what is shown when they name nothing of the kind. */
function read(options, locale, needs, defaults) {
  const refused = (name, value) => new RangeError(`${name} ${value} is not supported in the sandbox`);
  if (option(options, "calendar", null, "gregory") !== "gregory") throw refused("the calendar", options.calendar);
  if (option(options, "numberingSystem", null, "latn") !== "latn") throw refused("the numbering system", options.numberingSystem);
  const wanted = { timeZone: options.timeZone === undefined ? "UTC" : zoneName(options.timeZone) };
  for (const [name, values] of Object.entries(COMPONENTS)) {
    const value = option(options, name, values, undefined);
    if (value !== undefined) wanted[name] = value;
  }
  for (const name of ["era", "dayPeriod"]) if (wanted[name]) throw refused("the option", name);
  const digits = numberOption(options, "fractionalSecondDigits", 1, 3, undefined);
  if (digits !== undefined) wanted.fractionalSecondDigits = digits;
  const zone = option(options, "timeZoneName", ZONE_NAMES, undefined);
  if (zone?.endsWith("Generic")) throw refused("timeZoneName", zone);
  if (zone) wanted.timeZoneName = zone;
  const dateStyle = option(options, "dateStyle", STYLES, undefined);
  const timeStyle = option(options, "timeStyle", STYLES, undefined);
  const names = Object.keys(wanted).filter((name) => name !== "timeZone");
  if (dateStyle || timeStyle) {
    if (names.length > 0) throw new TypeError(`Can't set option ${names[0]} when ${dateStyle ? "dateStyle" : "timeStyle"} is used`);
    if (needs === "date" && timeStyle) throw new TypeError("Invalid option : timeStyle");
    if (needs === "time" && dateStyle) throw new TypeError("Invalid option : dateStyle");
    const short = locale === "en-GB" ? { year: "numeric", month: "2-digit", day: "2-digit" } : { year: "2-digit", month: "numeric", day: "numeric" };
    Object.assign(wanted, dateStyle === "short" ? short : DATE_STYLES[dateStyle], TIME_STYLES[timeStyle], { dateStyle, timeStyle });
  } else {
    const date = ["weekday", "year", "month", "day"].some((name) => wanted[name]);
    const time = ["hour", "minute", "second", "fractionalSecondDigits"].some((name) => wanted[name]);
    const isMissing = !((needs !== "time" && date) || (needs !== "date" && time));
    if (isMissing && defaults !== "time") Object.assign(wanted, { year: "numeric", month: "numeric", day: "numeric" });
    if (isMissing && defaults !== "date") Object.assign(wanted, { hour: "numeric", minute: "numeric", second: "numeric" });
  }
  if (wanted.hour) {
    const hour12 = options.hour12 === undefined ? undefined : Boolean(options.hour12);
    const cycle = option(options, "hourCycle", ["h11", "h12", "h23", "h24"], undefined);
    wanted.hourCycle = hour12 === true ? "h12" : hour12 === false ? "h23" : cycle ?? (locale === "en-GB" ? "h23" : "h12");
    wanted.hour12 = wanted.hourCycle === "h11" || wanted.hourCycle === "h12";
  }
  return wanted;
}

function join(parts, ...groups) {
  for (const [separator, group] of groups) {
    if (group.length === 0) continue;
    if (parts.length > 0) parts.push(literal(separator));
    parts.push(...group);
  }
  return parts;
}

function dateParts(wanted, locale, fields) {
  const british = locale === "en-GB";
  const isText = wanted.month && !["numeric", "2-digit"].includes(wanted.month);
  const part = (type, value) => (wanted[type] ? [{ type, value }] : []);
  const weekday = part("weekday", { narrow: DAYS[fields.weekday][0], short: DAYS[fields.weekday].slice(0, 3), long: DAYS[fields.weekday] }[wanted.weekday]);
  const year = part("year", wanted.year === "2-digit" ? two(((fields.year % 100) + 100) % 100) : String(fields.year));
  const others = (wanted.year ? 1 : 0) + (wanted.day ? 1 : 0);
  const wide = (style) => style === "2-digit" || (british && !isText && wanted.month && others > 0);
  const month = part("month", isText
    ? { narrow: MONTHS[fields.month][0], short: british && fields.month === 8 ? "Sept" : MONTHS[fields.month].slice(0, 3), long: MONTHS[fields.month] }[wanted.month]
    : wide(wanted.month) ? two(fields.month + 1) : String(fields.month + 1));
  const day = part("day", wide(wanted.day) ? two(fields.day) : String(fields.day));
  if (!isText) {
    const numbers = british ? join([], ["/", day], ["/", month], ["/", year]) : join([], ["/", month], ["/", day], ["/", year]);
    if (weekday.length > 0 && numbers.length > 0 && !wanted.month) return british ? join([], ["", weekday], [" ", numbers]) : join([], ["", numbers], [" ", weekday]);
    return join([], ["", weekday], [", ", numbers]);
  }
  if (british) {
    const rest = join([], ["", day], [" ", month], [" ", year]);
    return join([], ["", weekday], [wanted.weekday === "long" && wanted.year ? ", " : wanted.year ? ", " : " ", rest]);
  }
  const named = join([], ["", month], [" ", day]);
  return join([], ["", weekday], [", ", named], [day.length > 0 ? ", " : " ", year]);
}

function timeParts(wanted, locale, fields) {
  const parts = [];
  if (wanted.hour) {
    const { hourCycle } = wanted;
    let hour = fields.hour;
    if (hourCycle === "h12") hour = hour % 12 || 12;
    else if (hourCycle === "h11") hour %= 12;
    else if (hourCycle === "h24") hour = hour || 24;
    const isWide = wanted.hour === "2-digit" || hourCycle === "h23" || hourCycle === "h24";
    parts.push({ type: "hour", value: isWide ? two(hour) : String(hour) });
  }
  if (wanted.minute) {
    if (parts.length > 0) parts.push(literal(":"));
    parts.push({ type: "minute", value: wanted.hour || wanted.second ? two(fields.minute) : String(fields.minute) });
  }
  if (wanted.second) {
    if (parts.length > 0) parts.push(literal(":"));
    parts.push({ type: "second", value: wanted.minute || wanted.hour ? two(fields.second) : String(fields.second) });
  }
  if (wanted.fractionalSecondDigits) {
    if (parts.length > 0) parts.push(literal("."));
    parts.push({ type: "fractionalSecond", value: String(fields.millisecond).padStart(3, "0").slice(0, wanted.fractionalSecondDigits) });
  }
  if (wanted.hour && wanted.hour12) {
    const value = fields.hour < 12 ? "AM" : "PM";
    parts.push(literal(locale === "en-GB" ? " " : "\u202f"), { type: "dayPeriod", value: locale === "en-GB" ? value.toLowerCase() : value });
  }
  return parts;
}

function time(value) {
  const number = value === undefined ? Date.now() : Number(value);
  if (!(Math.abs(number) <= 8.64e15)) throw new RangeError("Invalid time value");
  return Math.trunc(number);
}

export class DateTimeFormat {
  #locale;
  #wanted;
  #format;
  constructor(locales, options, needs = "any", defaults = "date") {
    this.#locale = localeOf(locales);
    this.#wanted = read(optionsOf(options), this.#locale, needs, defaults);
  }
  formatToParts(value) {
    const moment = time(value);
    const { timeZone } = this.#wanted;
    const shifted = new Date(moment + at(timeZone, moment).minutes * 60_000);
    const fields = {
      year: shifted.getUTCFullYear(), month: shifted.getUTCMonth(), day: shifted.getUTCDate(), weekday: shifted.getUTCDay(), hour: shifted.getUTCHours(),
      minute: shifted.getUTCMinutes(), second: shifted.getUTCSeconds(), millisecond: shifted.getUTCMilliseconds(),
    };
    if (fields.year < 1) throw new RangeError("years before 1 are not supported in the sandbox");
    const wanted = this.#wanted;
    const date = dateParts(wanted, this.#locale, fields);
    const clock = timeParts(wanted, this.#locale, fields);
    const isLong = wanted.month === "long" && wanted.day && clock.length > 0;
    const parts = join([], ["", date], [isLong ? " at " : ", ", clock]);
    if (wanted.timeZoneName) {
      parts.push(...(parts.length > 0 ? [literal(clock.length > 0 ? " " : ", ")] : []), { type: "timeZoneName", value: nameOfZone(timeZone, moment, wanted.timeZoneName, this.#locale) });
    }
    return parts;
  }
  get format() { return (this.#format ??= (value) => this.formatToParts(value).map((part) => part.value).join("").replaceAll("\u202f", " ")); }
  formatRange() { throw new RangeError("Intl.DateTimeFormat.formatRange is not supported in the sandbox"); }
  formatRangeToParts() { throw new RangeError("Intl.DateTimeFormat.formatRangeToParts is not supported in the sandbox"); }
  resolvedOptions() {
    const { timeZone, hourCycle, hour12, dateStyle, timeStyle, ...components } = this.#wanted;
    return {
      locale: this.#locale, calendar: "gregory", numberingSystem: "latn", timeZone, ...(hourCycle && { hourCycle, hour12 }),
      ...(dateStyle || timeStyle ? { ...(dateStyle && { dateStyle }), ...(timeStyle && { timeStyle }) } : components),
    };
  }
  static supportedLocalesOf(locales) { return supportedLocalesOf(locales); }
  get [Symbol.toStringTag]() { return "Intl.DateTimeFormat"; }
}
