// Text and bytes of the web, and punycode.

import punycode from "node:punycode";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };

export default () => {
  check("encode", [...new TextEncoder().encode("aé€🦀\ud800")]);
  check("encodeInto", (() => { const target = new Uint8Array(5); return [new TextEncoder().encodeInto("a€€", target), [...target]]; })());
  check("no text", [[...new TextEncoder().encode()], new TextEncoder().encoding]);
  check("decode", [new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])).length, new TextDecoder().decode(new Uint8Array([0xff, 0x61, 0xc3]))]);
  for (const bytes of [[0xe2, 0x82], [0xf0, 0x9f, 0xa6], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x28, 0xa1], [0x80, 0x61]]) check(`decode ${bytes}`, [new TextDecoder().decode(new Uint8Array(bytes)), caught(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes)))]);
  check("stream", (() => { const decoder = new TextDecoder(); return [decoder.decode(new Uint8Array([0xe2]), { stream: true }), decoder.decode(new Uint8Array([0x82]), { stream: true }), decoder.decode(new Uint8Array([0xac]), { stream: true }), decoder.decode()]; })());
  check("utf-16", new TextDecoder("utf-16le").decode(new Uint8Array([0x61, 0, 0xac, 0x20])));
  check("labels", ["utf8", "UTF-8", "unicode-1-1-utf-8", "utf-16"].map((label) => new TextDecoder(label).encoding));
  check("bad label", caught(() => new TextDecoder("nope")));
  check("options", (() => { const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); return [decoder.fatal, decoder.ignoreBOM, decoder.encoding]; })());
  for (const text of ["", "a", "ab", "abc", "abcd", "\xff\x00", "hello world"]) check(`btoa ${escape(text)}`, btoa(text));
  for (const text of ["", "YQ==", "YQ", "YWI=", "YWJj", " Y W\nJ j ", "YR==", "/+8=", "abcd"]) check(`atob ${JSON.stringify(text)}`, caught(() => atob(text)));
  for (const text of ["a", "=", "YQ=", "YQ===", "a-b_", "YW Jj=", "é", "ab=c"]) check(`no base64 ${text}`, caught(() => atob(text)));
  check("btoa wide", [caught(() => btoa("€")), btoa(null), btoa(12)]);
  check("punycode", [punycode.toASCII("mañana.com"), punycode.toUnicode("xn--maana-pta.com"), punycode.encode("bücher"), punycode.decode("bcher-kva"), punycode.ucs2.decode("a🦀"), punycode.ucs2.encode([0x61, 0x1f980])]);
  check("escape", [escape("ä ü+"), unescape("%E4%u20AC"), encodeURIComponent("a b&ä"), caught(() => decodeURIComponent("%"))]);
  check("structuredClone", (() => { const shared = {}; const copy = structuredClone({ a: shared, b: shared, d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/g, n: new Uint8Array([1]), e: new RangeError("r") }); return [copy.a === copy.b, copy.d.getTime(), [...copy.m.get(1)], String(copy.r), [...copy.n], copy.e.name, copy.e.message]; })());
  check("no clone", [caught(() => structuredClone(() => {})), caught(() => structuredClone(Symbol()))]);
  check("DOMException", (() => { const error = new DOMException("m", "AbortError"); return [error.name, error.message, error.code, error instanceof Error, String(error)]; })());
  check("events", (() => { const target = new EventTarget(); const seen = []; target.addEventListener("x", (event) => seen.push(event.type, event.target === target, event.defaultPrevented), { once: true }); target.addEventListener("x", { handleEvent: (event) => { event.preventDefault(); seen.push("object"); } }); return [target.dispatchEvent(new Event("x", { cancelable: true })), target.dispatchEvent(new Event("x")), seen]; })());
};
