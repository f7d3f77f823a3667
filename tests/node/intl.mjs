// Intl for English, with time zones.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };
const dates = [Date.UTC(2024, 0, 2, 15, 4, 5, 678), Date.UTC(2024, 6, 14, 0, 30), Date.UTC(1999, 11, 31, 23, 59, 59), Date.UTC(2030, 8, 9, 12)];

const STYLES = [
  undefined, {}, { dateStyle: "full" }, { dateStyle: "long" }, { dateStyle: "medium" }, { dateStyle: "short" }, { timeStyle: "full" }, { timeStyle: "long" }, { timeStyle: "medium" },
  { timeStyle: "short" }, { dateStyle: "full", timeStyle: "short" }, { dateStyle: "long", timeStyle: "long" }, { dateStyle: "medium", timeStyle: "medium" }, { dateStyle: "short", timeStyle: "short" },
  { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "numeric" }, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  { year: "numeric", month: "2-digit", day: "2-digit" }, { weekday: "short", year: "numeric", month: "numeric", day: "numeric" }, { weekday: "long", month: "long", day: "numeric" },
  { month: "long", year: "numeric" }, { month: "numeric", year: "numeric" }, { month: "numeric", day: "numeric" }, { month: "short", day: "numeric" }, { weekday: "long" }, { year: "2-digit" },
  { hour: "numeric" }, { hour: "numeric", hour12: false }, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }, { minute: "2-digit", second: "2-digit" },
  { hour: "numeric", minute: "numeric", second: "numeric", fractionalSecondDigits: 3 }, { hourCycle: "h23", hour: "numeric", minute: "numeric" }, { hour: "numeric", hour12: true },
  { weekday: "short", year: "numeric", month: "short", day: "numeric" }, { weekday: "long", year: "numeric", month: "long", day: "numeric" }, { day: "numeric" }, { year: "numeric" },
];
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo", "Asia/Tokyo", "Africa/Nairobi", "Europe/London", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "+05:30", "europe/paris"];

export default () => {
  for (const locale of ["en-US", "en-GB"]) {
    for (const options of STYLES) check(`${locale} ${JSON.stringify(options)}`, dates.map((date) => new Intl.DateTimeFormat(locale, options).format(date)));
  }
  for (const timeZone of ZONES) check(`zone ${timeZone}`, dates.map((date) => new Date(date).toLocaleString("en-US", { timeZone })));
  for (const timeZone of ["UTC", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Europe/London"]) {
    check(`names ${timeZone}`, ["short", "shortOffset", "longOffset"].map((timeZoneName) => dates.slice(0, 2).map((date) => new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName }).format(date))));
  }
  check("long names", ["UTC", "America/New_York", "Europe/Berlin"].map((timeZone) => new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "long", hour: "numeric" }).format(dates[1])));
  check("summer time", [Date.UTC(2024, 2, 31, 0, 59, 59), Date.UTC(2024, 2, 31, 1), Date.UTC(2024, 9, 27, 0, 59, 59), Date.UTC(2024, 9, 27, 1), Date.UTC(1985, 5, 1), Date.UTC(2077, 5, 1)].map((date) => new Date(date).toLocaleTimeString("en-GB", { timeZone: "Europe/Vienna" })));
  check("parts", new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" }).formatToParts(dates[0]));
  check("dates", [new Date(dates[0]).toLocaleString(), new Date(dates[0]).toLocaleDateString(), new Date(dates[0]).toLocaleTimeString(), new Date(dates[0]).toLocaleDateString("en-GB", { month: "long", day: "numeric" }), new Date(dates[0]).toLocaleTimeString("en-US", { hour: "2-digit", minute: "2-digit" }), new Date(NaN).toLocaleString()]);
  check("resolved", Intl.DateTimeFormat().resolvedOptions());
  check("resolved more", [new Intl.DateTimeFormat("en-US", { hour: "numeric", timeZone: "europe/berlin" }).resolvedOptions().timeZone, new Intl.DateTimeFormat("en-GB", { hour: "numeric" }).resolvedOptions().hourCycle]);
  check("refused", [caught(() => new Intl.DateTimeFormat("en", { timeZone: "Nope/Nope" })), caught(() => new Intl.DateTimeFormat("en", { month: "x" })), caught(() => new Intl.DateTimeFormat("not a locale")), caught(() => new Intl.DateTimeFormat("en", { dateStyle: "short", year: "numeric" })), caught(() => new Intl.DateTimeFormat().format(NaN)), caught(() => new Intl.NumberFormat("en", { style: "currency" })), caught(() => new Intl.NumberFormat("en", { minimumFractionDigits: -1 }))]);
  check("age in a zone", new Intl.DateTimeFormat("en-CA".replace("CA", "US"), { timeZone: "America/New_York", year: "numeric", month: "2-digit", day: "2-digit" }).format(dates[1]));

  for (const options of [undefined, { maximumFractionDigits: 2 }, { minimumFractionDigits: 2 }, { style: "percent" }, { style: "percent", maximumFractionDigits: 1 }, { style: "currency", currency: "USD" }, { style: "currency", currency: "EUR" }, { style: "currency", currency: "JPY" }, { style: "currency", currency: "CHF" }, { style: "currency", currency: "USD", currencyDisplay: "code" }, { style: "currency", currency: "EUR", currencyDisplay: "name" }, { style: "currency", currency: "USD", currencySign: "accounting" }, { style: "currency", currency: "USD", minimumFractionDigits: 0 }, { useGrouping: false }, { minimumIntegerDigits: 3 }, { maximumSignificantDigits: 3 }, { minimumSignificantDigits: 5 }, { notation: "compact" }, { notation: "compact", compactDisplay: "long" }, { signDisplay: "always" }, { signDisplay: "exceptZero" }, { style: "unit", unit: "kilometer" }, { style: "unit", unit: "megabyte", unitDisplay: "long" }, { style: "unit", unit: "celsius", unitDisplay: "narrow" }]) {
    check(`number ${JSON.stringify(options)}`, [0, 1, -1.5, 1234.5678, 0.005, 1e6, 999999, 123456789.125, 1e21, NaN, Infinity, -0, 12345678901234567890n, 0.1234, 1500, 99.95].map((number) => new Intl.NumberFormat("en-US", options).format(number)));
  }
  check("number methods", [(1234.5).toLocaleString(), (1234.5).toLocaleString("en-GB", { style: "currency", currency: "GBP" }), 123456789n.toLocaleString(), [1234.5, new Date(dates[0])].toLocaleString("en-US"), new Intl.NumberFormat().format("12.5")]);
  check("number parts", new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" }).formatToParts(-1234.5));
  check("plural", [[0, 1, 2, 1.5, -1, 1.0].map((number) => new Intl.PluralRules("en-US").select(number)), [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map((number) => new Intl.PluralRules("en-US", { type: "ordinal" }).select(number)), new Intl.PluralRules("en", { minimumFractionDigits: 1 }).select(1)]);
  check("sorted", ["b", "a", "B", "A", "ä", "z", "Z", "é", "e", "_x", "1", "10", "2", " ", "-", "aa", "ab", "Ab"].sort(new Intl.Collator("en").compare));
  check("numeric", ["a10", "a2", "a1", "b1", "A2"].sort(new Intl.Collator("en", { numeric: true }).compare));
  check("compare", [["a", "b"], ["b", "a"], ["a", "a"], ["a", "A"], ["a", "á"], ["résumé", "resume"], ["a", ""], ["ß", "ss"].slice(0, 1).concat("t")].map(([left, right]) => left.localeCompare(right)));
  check("sensitivity", [["base", "a", "Á"], ["accent", "a", "A"], ["accent", "a", "á"], ["case", "a", "A"], ["case", "a", "á"], ["variant", "a", "A"]].map(([sensitivity, left, right]) => left.localeCompare(right, "en", { sensitivity })));
  check("lists", [["a"], ["a", "b"], ["a", "b", "c"]].flatMap((list) => [undefined, { type: "disjunction" }, { style: "short" }, { type: "unit" }].map((options) => new Intl.ListFormat("en-US", options).format(list))));
  check("relative", [[-1, "day"], [1, "day"], [0, "day"], [2, "weeks"], [-3, "months"], [1, "year"], [5, "hour"], [-1, "second"], [1000, "minutes"]].flatMap(([value, unit]) => [undefined, { numeric: "auto" }, { style: "short" }].map((options) => new Intl.RelativeTimeFormat("en-US", options).format(value, unit))));
  check("zones", [Intl.supportedValuesOf("timeZone").includes("Europe/Vienna"), Intl.supportedValuesOf("timeZone").length > 300, String(Intl)]);
};
