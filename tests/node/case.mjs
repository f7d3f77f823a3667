// Letters, dates and lists by locale.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };

export default () => {
  const TEXTS = ["i", "I", "ı", "İ", "istanbul IĞDIR Iğdır", "i\u0307", "I\u0307", "I\u0323\u0307", "I\u0301\u0307", "Ia\u0307", "II\u0307I", "ß ŉ ǰ ΐ", "ΑΣ ΑΣΑ", "ÌÍĨ", "🦀I𐐀", ""];
  for (const locale of ["tr", "TR", "tr-TR", "az", "az-Latn-AZ", "tur", ["tr", "de"], ["de", "tr"], "de", "en-US-u-ca-gregory", "de-x-a1", "und", [], {}, 5, undefined]) {
    check(`case ${JSON.stringify(locale)}`, TEXTS.map((text) => [text.toLocaleUpperCase(locale), text.toLocaleLowerCase(locale)]));
  }
  for (const locale of ["lt", "el", "hy"]) check(`case ${locale}`, ["abc XYZ".toLocaleUpperCase(locale), "abc XYZ".toLocaleLowerCase(locale)]);
  for (const locale of ["", "a", "tr_TR", "i-klingon", null, [null], [5], "zz-Invalid-x"]) check(`no locale ${JSON.stringify(locale)}`, [caught(() => "i".toLocaleUpperCase(locale)), caught(() => "I".toLocaleLowerCase(locale))]);
  check("no text", [caught(() => String.prototype.toLocaleUpperCase.call(null)), caught(() => String.prototype.toLocaleLowerCase.call(undefined, "tr")), String.prototype.toLocaleUpperCase.call(12, "tr")]);
  for (const time of [0, -1e14, 1795872000000, 8.64e15, NaN]) check(`date ${time}`, [new Date(time).toString(), new Date(time).toTimeString(), `${new Date(time)}`, new Date(time) + "", String(new Date(time)), new Date(time).toDateString()]);
  check("no date", [caught(() => Date.prototype.toString.call({})), caught(() => Date.prototype.toTimeString.call(5)), Date.prototype.toString.name, Date.prototype.toString.length]);
  check("Date", [/^\w{3} \w{3} \d\d \d{4} [\d:]{8} GMT\+0000 \(Coordinated Universal Time\)$/.test(Date()), Date(0) === Date(5), typeof Date, Date.name, Date.length, new Date(5).constructor === Date, new Date(5) instanceof Date, Date.UTC(2026), structuredClone(new Date(5)).getTime()]);
  check("a class of dates", (() => { class Day extends Date { get day() { return this.getUTCDate(); } } const day = new Day(0); return [day.day, day instanceof Date, day instanceof Day, String(day), Object.prototype.toString.call(day), Day.UTC(1970)]; })());
  check("read back", Date.parse(new Date(1795872000000).toString()));
  check("lists", [[1234.5, null, undefined, [2345.5]].toLocaleString("en-US"), [1234.5, new Date(0)].toLocaleString("en-US", { timeZone: "UTC" }), [1234.5].toLocaleString(), new Float64Array([1234.5, 0]).toLocaleString("en-GB"), [].toLocaleString("en")]);
};
