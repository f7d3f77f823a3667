// TextDecoder and TextEncoder, from the text of the Encoding Standard: its table of labels, its decoders and encoders, its interfaces.

let total = 0;
/** Prints what differs. `got` is a value, or what computes it. */
const report = (name, expected, got) => {
  total++;
  const value = typeof got === "function" ? caught(got) : got;
  if (JSON.stringify(value) !== JSON.stringify(expected)) console.log(JSON.stringify([name, value]));
};
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };
const bytes = (...values) => new Uint8Array(values);
const units = (text) => [...Array(text.length).keys()].map((at) => text.charCodeAt(at));

// "Names and labels". Every encoding has at least its first label here; the Unicode ones have all.
const LABELS = {
  "utf-8": ["unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8"],
  "utf-16le": ["csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "utf-16", "utf-16le"],
  "utf-16be": ["unicodefffe", "utf-16be"],
  "windows-1252": ["ascii", "iso-8859-1", "latin1", "us-ascii", "windows-1252"],
  ibm866: ["ibm866"], "iso-8859-2": ["latin2"], "iso-8859-3": ["latin3"], "iso-8859-4": ["latin4"], "iso-8859-5": ["cyrillic"], "iso-8859-6": ["arabic"],
  "iso-8859-7": ["greek"], "iso-8859-8": ["hebrew"], "iso-8859-8-i": ["logical"], "iso-8859-10": ["latin6"], "iso-8859-13": ["iso-8859-13"],
  "iso-8859-14": ["iso-8859-14"], "iso-8859-15": ["iso-8859-15"], "iso-8859-16": ["iso-8859-16"], "koi8-r": ["koi8-r"], "koi8-u": ["koi8-u"], macintosh: ["mac"],
  "windows-874": ["tis-620"], "windows-1250": ["cp1250"], "windows-1251": ["cp1251"], "windows-1253": ["cp1253"], "windows-1254": ["latin5"],
  "windows-1255": ["cp1255"], "windows-1256": ["cp1256"], "windows-1257": ["cp1257"], "windows-1258": ["cp1258"], "x-mac-cyrillic": ["x-mac-cyrillic"],
  gbk: ["gb2312"], gb18030: ["gb18030"], big5: ["big5"], "euc-jp": ["euc-jp"], "iso-2022-jp": ["iso-2022-jp"], shift_jis: ["sjis"], "euc-kr": ["euc-kr"],
  "x-user-defined": ["x-user-defined"],
};

function labels() {
  for (const [encoding, names] of Object.entries(LABELS)) {
    for (const name of names) report(`label ${name}`, encoding, caught(() => new TextDecoder(name).encoding));
  }
  for (const name of ["UTF-8", "Utf-8", " utf-8", "utf-8\n", "\tutf-8\r", "\futf-8 "]) report(`label ${JSON.stringify(name)}`, "utf-8", caught(() => new TextDecoder(name).encoding));
  // The encodings "replacement" have labels, and no decoder; the others are no labels.
  for (const name of ["csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-kr", "replacement", "", "utf", "utf-7", "utf-32", "unicode-utf-8", "utf-8\0", "\u00a0utf-8", "utf-8\u2028", "\vutf-8"]) {
    report(`no decoder ${JSON.stringify(name)}`, "RangeError", caught(() => new TextDecoder(name).encoding));
  }
}

// "UTF-8 decoder": one U+FFFD for each maximal part of a sequence that cannot go on.
const UTF8 = [
  [[], ""], [[0x61], "a"], [[0x00], "\0"], [[0x7f], "\x7f"], [[0xc2, 0x80], "\x80"], [[0xdf, 0xbf], "\u07ff"], [[0xe0, 0xa0, 0x80], "\u0800"], [[0xed, 0x9f, 0xbf], "\ud7ff"],
  [[0xee, 0x80, 0x80], "\ue000"], [[0xef, 0xbf, 0xbf], "\uffff"], [[0xf0, 0x90, 0x80, 0x80], "\u{10000}"], [[0xf4, 0x8f, 0xbf, 0xbf], "\u{10ffff}"],
  [[0x80], "\ufffd"], [[0xbf], "\ufffd"], [[0x80, 0xbf], "\ufffd\ufffd"], [[0xc0, 0x80], "\ufffd\ufffd"], [[0xc1, 0xbf], "\ufffd\ufffd"], [[0xc2], "\ufffd"], [[0xc2, 0x00], "\ufffd\0"],
  [[0xc2, 0x7f], "\ufffd\x7f"], [[0xc2, 0xc0], "\ufffd\ufffd"], [[0xe0], "\ufffd"], [[0xe0, 0x9f, 0xbf], "\ufffd\ufffd\ufffd"], [[0xe0, 0xa0], "\ufffd"], [[0xe0, 0xa0, 0x61], "\ufffda"],
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"], [[0xed, 0xbf, 0xbf], "\ufffd\ufffd\ufffd"], [[0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], "\ufffd".repeat(6)], [[0xe2, 0x82], "\ufffd"], [[0xe2, 0x28, 0xa1], "\ufffd(\ufffd"],
  [[0xf0], "\ufffd"], [[0xf0, 0x8f, 0xbf, 0xbf], "\ufffd".repeat(4)], [[0xf0, 0x90], "\ufffd"], [[0xf0, 0x90, 0x80], "\ufffd"], [[0xf0, 0x90, 0x80, 0x61], "\ufffda"], [[0xf0, 0x90, 0x61, 0x80], "\ufffda\ufffd"],
  [[0xf4, 0x90, 0x80, 0x80], "\ufffd".repeat(4)], [[0xf5, 0x80, 0x80, 0x80], "\ufffd".repeat(4)], [[0xf8, 0x88, 0x80, 0x80, 0x80], "\ufffd".repeat(5)], [[0xfc, 0x84, 0x80, 0x80, 0x80, 0x80], "\ufffd".repeat(6)],
  [[0xfe], "\ufffd"], [[0xff], "\ufffd"], [[0xe1, 0x80, 0xe2, 0xf0, 0x91, 0x92, 0xf1, 0xbf, 0x41], "\ufffd\ufffd\ufffd\ufffdA"], [[0xf1, 0x80, 0x80, 0xe1, 0x80, 0xc2, 0x62], "\ufffd\ufffd\ufffdb"],
  [[0xc0, 0xaf, 0xe0, 0x80, 0xbf, 0xf0, 0x81, 0x82, 0x41], "\ufffd".repeat(8) + "A"],
];

function utf8() {
  for (const [input, text] of UTF8) {
    const name = input.map((byte) => byte.toString(16)).join(" ");
    const valid = !text.includes("\ufffd");
    report(`utf-8 ${name}`, units(text), units(new TextDecoder().decode(bytes(...input))));
    report(`utf-8 fatal ${name}`, valid ? text : "TypeError", caught(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes(...input))));
    report(`utf-8 byte by byte ${name}`, units(text), units((() => {
      const decoder = new TextDecoder();
      return input.map((byte) => decoder.decode(bytes(byte), { stream: true })).join("") + decoder.decode();
    })()));
  }
  const BOM = [0xef, 0xbb, 0xbf];
  report("utf-8 bom", [0x61], units(new TextDecoder().decode(bytes(...BOM, 0x61))));
  report("utf-8 bom kept", [0xfeff, 0x61], units(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes(...BOM, 0x61))));
  report("utf-8 second bom", [0xfeff], units(new TextDecoder().decode(bytes(...BOM, ...BOM))));
  report("utf-8 part of a bom", [0xfffd, 0x61], units(new TextDecoder().decode(bytes(0xef, 0xbb, 0x61))));
  report("utf-8 bom byte by byte", [0x61], units((() => { const decoder = new TextDecoder(); return [...BOM, 0x61].map((byte) => decoder.decode(bytes(byte), { stream: true })).join("") + decoder.decode(); })()));
  report("utf-8 bom at each stream", ["a", "b"], () => { const decoder = new TextDecoder(); return [decoder.decode(bytes(...BOM, 0x61)), decoder.decode(bytes(...BOM, 0x62))]; });
  report("utf-8 bom once in a stream", [[0x61], [0xfeff, 0x62]], () => { const decoder = new TextDecoder(); return [decoder.decode(bytes(...BOM, 0x61), { stream: true }), decoder.decode(bytes(...BOM, 0x62))].map(units); });
}

// "UTF-16LE decoder".
const UTF16 = [
  [[], []], [[0x61, 0x00], [0x61]], [[0x00, 0xd8, 0x00, 0xdc], [0xd800, 0xdc00]], [[0xff, 0xdb, 0xff, 0xdf], [0xdbff, 0xdfff]], [[0x00, 0xd8], [0xfffd]], [[0x00, 0xdc], [0xfffd]],
  [[0x00, 0xd8, 0x61, 0x00], [0xfffd, 0x61]], [[0x00, 0xdc, 0x00, 0xd8], [0xfffd, 0xfffd]], [[0x00, 0xd8, 0x00, 0xd8, 0x00, 0xdc], [0xfffd, 0xd800, 0xdc00]], [[0x61], [0xfffd]], [[0x61, 0x00, 0x62], [0x61, 0xfffd]],
  [[0x00, 0xd8, 0x00], [0xfffd]], [[0xff, 0xff], [0xffff]], [[0xff, 0xfe, 0x61, 0x00], [0x61]], [[0xff, 0xfe, 0xff, 0xfe], [0xfeff]], [[0xfe, 0xff], [0xfffe]],
];

function utf16() {
  for (const [input, text] of UTF16) {
    const name = input.map((byte) => byte.toString(16)).join(" ");
    report(`utf-16le ${name}`, text, caught(() => units(new TextDecoder("utf-16le").decode(bytes(...input)))));
    report(`utf-16le fatal ${name}`, text.includes(0xfffd) ? "TypeError" : text, caught(() => units(new TextDecoder("utf-16le", { fatal: true }).decode(bytes(...input)))));
    report(`utf-16le byte by byte ${name}`, text, caught(() => units((() => {
      const decoder = new TextDecoder("utf-16le");
      return input.map((byte) => decoder.decode(bytes(byte), { stream: true })).join("") + decoder.decode();
    })())));
    const swapped = input.map((_, at) => input[at ^ 1]).filter((byte) => byte !== undefined);
    if (input.length % 2 === 0) report(`utf-16be ${name}`, text, caught(() => units(new TextDecoder("utf-16be").decode(bytes(...swapped)))));
  }
}

// "UTF-8 encoder", over scalar values: a lone surrogate is U+FFFD.
function encoder() {
  for (const [text, expected] of [
    [undefined, []], ["", []], ["a\0\x7f", [0x61, 0, 0x7f]], ["\x80\u07ff", [0xc2, 0x80, 0xdf, 0xbf]], ["\u0800\uffff", [0xe0, 0xa0, 0x80, 0xef, 0xbf, 0xbf]], ["\u{10000}\u{10ffff}", [0xf0, 0x90, 0x80, 0x80, 0xf4, 0x8f, 0xbf, 0xbf]],
    ["\ud800", [0xef, 0xbf, 0xbd]], ["\udc00", [0xef, 0xbf, 0xbd]], ["a\ud800b", [0x61, 0xef, 0xbf, 0xbd, 0x62]], ["\udc00\ud800", [0xef, 0xbf, 0xbd, 0xef, 0xbf, 0xbd]], ["\ud800\ud800\udc00", [0xef, 0xbf, 0xbd, 0xf0, 0x90, 0x80, 0x80]],
    ["\ufeffa", [0xef, 0xbb, 0xbf, 0x61]], [null, [0x6e, 0x75, 0x6c, 0x6c]], [1.5, [0x31, 0x2e, 0x35]], [{ toString: () => "o" }, [0x6f]],
  ]) report(`encode ${JSON.stringify(text)}`, expected, [...new TextEncoder().encode(text)]);
  for (const [text, room, read, written] of [
    ["", 0, 0, 0], ["a", 0, 0, 0], ["a", 1, 1, 1], ["ab", 1, 1, 1], ["é", 1, 0, 0], ["é", 2, 1, 2], ["aé", 2, 1, 1], ["€", 2, 0, 0], ["€", 3, 1, 3], ["🦀", 3, 0, 0], ["🦀", 4, 2, 4], ["🦀a", 5, 3, 5], ["a🦀", 4, 1, 1], ["\ud800", 2, 0, 0], ["\ud800", 3, 1, 3], ["\ud800a", 4, 2, 4], ["abc", 9, 3, 3],
  ]) {
    const target = new Uint8Array(room);
    report(`encodeInto ${JSON.stringify(text)} ${room}`, { read, written }, new TextEncoder().encodeInto(text, target));
  }
  report("encodeInto a part", [0, 0x61, 0x62, 0], () => { const whole = new Uint8Array(4); new TextEncoder().encodeInto("abcd", whole.subarray(1, 3)); return [...whole]; });
  for (const target of [new ArrayBuffer(4), new DataView(new ArrayBuffer(4)), new Uint16Array(2), new Uint8ClampedArray(4), [], null]) {
    report(`encodeInto no Uint8Array: ${Object.prototype.toString.call(target)}`, "TypeError", caught(() => new TextEncoder().encodeInto("a", target)));
  }
}

async function interfaces() {
  const decoder = new TextDecoder();
  report("attributes", ["utf-8", false, false], [decoder.encoding, decoder.fatal, decoder.ignoreBOM]);
  report("attributes, set", ["utf-16le", true, true], (({ encoding, fatal, ignoreBOM }) => [encoding, fatal, ignoreBOM])(new TextDecoder("UTF-16", { fatal: 1, ignoreBOM: "yes" })));
  report("encoder", ["utf-8", "[object TextEncoder]", "[object TextDecoder]"], [new TextEncoder().encoding, String(new TextEncoder()), String(decoder)]);
  report("encodings cannot be set", ["utf-8", "utf-8"], [decoder, new TextEncoder()].map((object) => { try { object.encoding = "x"; } catch { /* In strict code. */ } return object.encoding; }));
  const buffer = bytes(0x61, 0x62, 0x63, 0x64).buffer;
  for (const [name, source] of [["ArrayBuffer", buffer], ["Uint8Array", new Uint8Array(buffer)], ["DataView", new DataView(buffer)], ["Int16Array", new Int16Array(buffer)], ["Float32Array", new Float32Array(buffer)]]) report(`decode ${name}`, "abcd", decoder.decode(source));
  report("decode a part", ["bc", "bc"], [new Uint8Array(buffer, 1, 2), new DataView(buffer, 1, 2)].map((view) => decoder.decode(view)));
  report("decode nothing", ["", ""], [decoder.decode(), decoder.decode(undefined)]);
  for (const source of ["text", 1, [], null, {}]) report(`decode ${JSON.stringify(source)}`, "TypeError", caught(() => decoder.decode(source)));
  report("fatal, then valid", ["TypeError", "a"], () => { const fatal = new TextDecoder("utf-8", { fatal: true }); return [caught(() => fatal.decode(bytes(0xff))), caught(() => fatal.decode(bytes(0x61)))]; });
  report("without new", ["TypeError", "TypeError"], [caught(() => TextDecoder()), caught(() => TextEncoder())]);
  const through = async (stream, chunks) => {
    const writer = stream.writable.getWriter();
    const write = (async () => { for (const chunk of chunks) await writer.write(chunk); await writer.close(); })();
    write.catch(() => {});
    const parts = [];
    const reader = stream.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return parts;
      parts.push(typeof value === "string" ? value : [...value]);
    }
  };
  report("TextDecoderStream", "€a", (await through(new TextDecoderStream(), [bytes(0xe2), bytes(0x82), bytes(0xac, 0x61)])).join(""));
  report("TextDecoderStream at the end", "a\ufffd", (await through(new TextDecoderStream(), [bytes(0x61, 0xe2)])).join(""));
  report("TextDecoderStream fatal", "TypeError", await through(new TextDecoderStream("utf-8", { fatal: true }), [bytes(0xff)]).catch((error) => error.name));
  report("TextEncoderStream", [0xf0, 0x90, 0x80, 0x80], (await through(new TextEncoderStream(), ["\ud800", "\udc00"])).flat());
  report("TextEncoderStream lone surrogates", [0xef, 0xbf, 0xbd, 0x61, 0xef, 0xbf, 0xbd], (await through(new TextEncoderStream(), ["\ud800", "a", "\ud800"])).flat());
  report("attributes of streams", ["utf-8", "utf-16le", true], [new TextEncoderStream().encoding, new TextDecoderStream("utf-16").encoding, new TextDecoderStream("utf-8", { fatal: true }).fatal]);
}

export default async () => {
  labels();
  utf8();
  utf16();
  encoder();
  await interfaces();
  console.log(total);
};
