// `btoa`, and what both functions make of their argument, from the text of the HTML Standard ("Base64 utility methods") and of WebIDL.

const report = (name, passed, got) => { total++; if (!passed) console.log(JSON.stringify([name, got])); };
let total = 0;
const caught = (call) => { try { return call(); } catch (error) { return `${error.constructor.name} ${error.name} ${error.code}`; } };
const REFUSED = "DOMException InvalidCharacterError 5";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 as RFC 4648 describes it, bit by bit. */
function encoded(text) {
  const bits = [...text].map((character) => character.codePointAt(0).toString(2).padStart(8, "0")).join("");
  let out = "";
  for (let at = 0; at < bits.length; at += 6) out += ALPHABET[parseInt(bits.slice(at, at + 6).padEnd(6, "0"), 2)];
  return out.padEnd(Math.ceil(out.length / 4) * 4, "=");
}

export default () => {
  // What WebIDL makes of arguments that are not text, before the algorithm sees them.
  for (const [input, text] of [[undefined, "undefined"], [null, "null"], [7, "7"], [12, "12"], [1.5, "1.5"], [true, "true"], [false, "false"], [NaN, "NaN"], [Infinity, "Infinity"], [-Infinity, "-Infinity"], [0, "0"], [-0, "0"], [{ toString: () => "foo" }, "foo"], [{ toString: () => "abcd" }, "abcd"]]) {
    report(`btoa of the value ${String(input)}`, caught(() => btoa(input)) === encoded(text), caught(() => btoa(input)));
    report(`atob of the value ${String(input)}`, caught(() => atob(input)) === caught(() => atob(text)), caught(() => atob(input)));
  }
  for (const call of [btoa, atob]) {
    report(`${call.name} without an argument`, caught(() => call()).startsWith("TypeError TypeError"), caught(() => call()));
    report(`${call.name} of a value that throws`, caught(() => call({ toString() { throw new RangeError(); } })).startsWith("RangeError"), "");
    report(`${call.name} of a symbol`, caught(() => call(Symbol())).startsWith("TypeError"), caught(() => call(Symbol())));
  }
  for (let code = 0; code < 256; code++) {
    const text = String.fromCharCode(code);
    report(`btoa of U+${code.toString(16)}`, btoa(text) === encoded(text) && atob(btoa(text)) === text, btoa(text));
  }
  for (const text of ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\x00\x00\x00", "\xff\xff\xff", "\xfb\xff\xbf", "a".repeat(1000)]) {
    report(`btoa of ${text.length} characters, ${JSON.stringify(text.slice(0, 6))}`, btoa(text) === encoded(text), btoa(text));
  }
  for (const text of ["\u0100", "a\u0100", "עברית", "€", "\ud800", "🦀", "\xff\uffff"]) {
    report(`no btoa of ${JSON.stringify(text)}`, caught(() => btoa(text)) === REFUSED, caught(() => btoa(text)));
  }
  console.log(total);
};
