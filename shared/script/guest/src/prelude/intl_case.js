// Upper and lower case by the rules of a language.

const TAG = /^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z0-9]{2,8})*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?$/i;

/** What of a text the rules of a language change that are not known here. */
const LOWER = { lt: /[IJĮ][\u0300-\u036f]|[ÌÍĨ]/ };
const UPPER = { el: /[\u0370-\u03ff\u1f00-\u1fff\u2126]/, hy: /և/, lt: /\u0307/ };
const SHORT = { tur: "tr", aze: "az", lit: "lt", ell: "el", gre: "el", hye: "hy", arm: "hy" };

/** The language of the first locale; throws when the text would need rules that are not known. */
function languageOf(locales, text, refused) {
  if (locales === null) throw new TypeError("Cannot convert undefined or null to object");
  const tags = typeof locales === "string" ? [locales] : Array.from(Object(locales));
  if (tags.some((tag) => tag === null || !["object", "string"].includes(typeof tag))) throw new TypeError("Language ID should be string or object.");
  if (!tags.every((tag) => TAG.test(`${tag}`))) throw new RangeError("Incorrect locale information provided");
  const language = `${tags[0] ?? ""}`.toLowerCase().split("-")[0];
  const short = SHORT[language] ?? language;
  if (refused[short]?.test(text)) throw new RangeError(`the letters of the locale ${tags[0]} are not known in the sandbox`);
  return short;
}

const hasDot = (language) => language === "tr" || language === "az";

/** Whether a mark stands elsewhere than above the letter, so that a dot reaches the letter past it. */
const passes = (mark) => [`\u0307${mark}`, `${mark}\u0307`].some((marks) => marks.normalize("NFD") !== marks);

export function upperCase(text, locales) {
  return (hasDot(languageOf(locales, text, UPPER)) ? text.replace(/i/g, "İ") : text).toUpperCase();
}

export function lowerCase(text, locales) {
  if (!hasDot(languageOf(locales, text, LOWER))) return text.toLowerCase();
  return text.replace(/İ/g, "i").replace(/I(?:([^I\u0307]*)\u0307)?/g, (whole, between) => {
    if (between === undefined) return "ı";
    return [...between].every(passes) ? `i${between}` : `ı${between}\u0307`;
  }).toLowerCase();
}
