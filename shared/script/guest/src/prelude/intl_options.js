// Locales and options, as all of `Intl` reads them. English is what the sandbox knows; everything else is refused.

const LOCALES = ["en-US", "en-GB", "en"];

/** The first of the locales, which must be one that is known. */
export function locale(given) {
  if (given === undefined) return "en-US";
  if (given === null) throw new TypeError("Cannot convert undefined or null to object");
  const [first] = typeof given === "string" ? [given] : Array.isArray(given) ? given : [given];
  if (first === undefined) return "en-US";
  if (typeof first !== "string" && typeof first !== "object") throw new TypeError("Language ID should be string or object.");
  const text = String(first);
  const parts = /^([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-[a-z0-9]{2,8})*)$/i.exec(text.replace(/_/g, "?"));
  if (!parts) throw new RangeError(`Incorrect locale information provided`);
  const name = [parts[1].toLowerCase(), parts[3]?.toUpperCase()].filter(Boolean).join("-");
  const known = LOCALES.find((each) => each === name);
  if (!known || parts[2] || parts[4]) throw new RangeError(`the locale ${text} is not supported in the sandbox; there are ${LOCALES.join(", ")}`);
  return known;
}

/** An option: one of some values, or a fallback. */
export function option(options, name, values, fallback) {
  const value = options[name];
  if (value === undefined) return fallback;
  const text = String(value);
  if (values && !values.includes(text)) throw new RangeError(`Value ${text} out of range for Intl options property ${name}`);
  return text;
}

export function numberOption(options, name, smallest, largest, fallback) {
  const value = options[name];
  if (value === undefined) return fallback;
  const number = Math.floor(Number(value));
  if (!(number >= smallest && number <= largest)) throw new RangeError(`${name} value is out of range.`);
  return number;
}

export function optionsOf(options) {
  if (options === undefined) return {};
  if (options === null) throw new TypeError("Cannot convert undefined or null to object");
  return Object(options);
}

export const supportedLocalesOf = (locales) => [locales ?? []].flat().map(String).filter((each) => LOCALES.includes(each));
