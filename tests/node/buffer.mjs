// Buffer: making, reading, writing, converting.

import { Buffer as Imported, SlowBuffer, constants, isAscii, isUtf8, kMaxLength, transcode } from "node:buffer";

// What a terminal would act on is no part of a log.
const plain = (text) => text.replace(/[\x7f-\x9f]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
const check = (name, value) => console.log(plain(`${name}: ${JSON.stringify(value)}`));
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code, error.message]; } };

export default () => {
  check("one class", Imported === Buffer);
  check("with new", new Buffer("id:secret").toString("base64"));
  check("without new", Buffer("AAECAw==", "base64").length);
  check("new from a number", new Buffer(3));
  check("new from an array", new Buffer([1, 2, 300]));
  check("statics", ["from", "alloc", "allocUnsafe", "allocUnsafeSlow", "concat", "compare", "isBuffer", "isEncoding", "byteLength", "of", "copyBytesFrom", "poolSize"].filter((name) => Object.keys(Buffer).includes(name)));
  check("safe-buffer copies statics", (() => { const copy = {}; for (const key in Buffer) copy[key] = Buffer[key]; return typeof copy.alloc; })());
  check("slow", [Buffer.allocUnsafeSlow(4).length, SlowBuffer(2).length, Buffer.isBuffer(SlowBuffer(2))]);
  check("max", [typeof kMaxLength, typeof constants.MAX_LENGTH, kMaxLength === constants.MAX_LENGTH]);
  check("name", [Buffer.name, Buffer.from("a").constructor === Buffer, Buffer.from("a") instanceof Uint8Array]);

  for (const encoding of ["utf8", "utf-8", "UTF8", "hex", "base64", "base64url", "latin1", "binary", "ascii", "utf16le", "ucs2", "ucs-2"]) {
    const text = encoding === "hex" ? "00ff10" : encoding.startsWith("base64") ? "_-8Aa-+/" : "Grüße €";
    const buffer = Buffer.from(text, encoding);
    check(`encode ${encoding}`, [...buffer]);
    check(`decode ${encoding}`, Buffer.from([0x47, 0xc3, 0xbc, 0xff, 0xfe, 0x00, 0x41, 0x7f]).toString(encoding));
    check(`length ${encoding}`, Buffer.byteLength(text, encoding));
  }
  check("odd hex", [...Buffer.from("abc", "hex"), -1, ...Buffer.from("zz", "hex")]);
  check("loose base64", Buffer.from(" aGVs\nbG8 = x", "base64").toString());
  check("lone surrogate", [...Buffer.from("a\ud800b")]);
  check("unknown encoding", caught(() => Buffer.from("a", "nope")));
  check("isEncoding", ["utf8", "UTF-8", "hex", "nope", "", undefined, 1].map((name) => Buffer.isEncoding(name)));
  check("from number", caught(() => Buffer.from(5)));
  check("from null", caught(() => Buffer.from(null)));
  check("from undefined", caught(() => Buffer.from(undefined)));
  check("from boolean", caught(() => Buffer.from(true)));
  check("from object", caught(() => Buffer.from({})));
  check("from String", Buffer.from(new String("abc")).toString());
  check("from toPrimitive", Buffer.from({ [Symbol.toPrimitive]: () => "prim" }).toString());
  check("from JSON", Buffer.from(JSON.parse(JSON.stringify(Buffer.from("json")))).toString());
  check("from array-like", [...Buffer.from({ length: 3, 0: 1, 1: "2", 2: 257 })]);
  check("from ArrayBuffer", (() => { const bytes = new Uint8Array([1, 2, 3, 4]); const buffer = Buffer.from(bytes.buffer, 1, 2); bytes[1] = 9; return [...buffer]; })());
  check("ArrayBuffer bounds", caught(() => Buffer.from(new ArrayBuffer(4), 5)));
  check("from typed array copies", (() => { const bytes = new Uint8Array([1, 2]); const buffer = Buffer.from(bytes); bytes[0] = 9; return [...buffer]; })());
  check("from Uint16Array", [...Buffer.from(new Uint16Array([1, 256, 65535]))]);
  check("copyBytesFrom", [...Buffer.copyBytesFrom(new Uint16Array([1, 256]), 1)]);
  check("alloc fill", [Buffer.alloc(5, "ab").toString(), Buffer.alloc(3, 1), Buffer.alloc(4, "YQ==", "base64").toString()]);
  check("alloc bad", [caught(() => Buffer.alloc("5")), caught(() => Buffer.alloc(-1))[1]]);
  check("of", Buffer.of(1, 2, 3));
  check("concat", [Buffer.concat([Buffer.from("a"), new Uint8Array([98]), Buffer.from("c")]).toString(), Buffer.concat([Buffer.from("abc")], 2).toString(), Buffer.concat([Buffer.from("a")], 3)]);
  check("concat bad", [caught(() => Buffer.concat("a")), caught(() => Buffer.concat(["a"]))]);
  check("compare", [Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("b").compare(Buffer.from("a")), Buffer.from("abc").compare(Buffer.from("xabcx"), 1, 4)]);
  check("compare bad", caught(() => Buffer.compare("a", Buffer.from("b"))));
  check("equals", [Buffer.from("a").equals(Buffer.from("a")), Buffer.from("a").equals(new Uint8Array([97])), caught(() => Buffer.from("a").equals("a"))]);
  check("byteLength", [Buffer.byteLength("€"), Buffer.byteLength(new ArrayBuffer(3)), Buffer.byteLength(new Uint16Array(2)), caught(() => Buffer.byteLength(3))]);
  check("slice shares", (() => { const whole = Buffer.from("abcdef"); const part = whole.slice(1, -1); part[0] = 120; return [whole.toString(), part.toString(), Buffer.isBuffer(part)]; })());
  check("subarray", [Buffer.from("abcdef").subarray(-3, -1).toString(), Buffer.from("abc").subarray(2, 1).length]);
  check("map keeps the class", Buffer.isBuffer(Buffer.from("ab").map((byte) => byte + 1)));
  check("toString parts", [Buffer.from("abcdef").toString("utf8", 1, 3), Buffer.from("abc").toString("utf8", 2, 1), Buffer.from("abc").toString(undefined, -5, 99)]);
  check("toJSON", Buffer.from([1, 2]).toJSON());
  check("write", (() => { const buffer = Buffer.alloc(6, "."); return [buffer.write("ab"), buffer.write("cd", 2), buffer.write("efgh", 4, 1), buffer.write("ff", 5, "hex"), buffer.toString("latin1")]; })());
  check("write whole characters", (() => { const buffer = Buffer.alloc(4, "."); return [buffer.write("a€€"), buffer.toString()]; })());
  check("write beyond", caught(() => Buffer.alloc(2).write("a", 3))[1]);
  check("fill", [Buffer.alloc(4).fill("xy", 1, 4).toString("latin1"), Buffer.alloc(3).fill(257), Buffer.alloc(3).fill("ÿ", "latin1"), Buffer.alloc(2).fill("")]);
  check("copy", (() => { const target = Buffer.alloc(4, "-"); return [Buffer.from("abcdef").copy(target, 1, 2, 9), target.toString()]; })());
  check("indexOf", [Buffer.from("hello").indexOf("l"), Buffer.from("hello").lastIndexOf("l"), Buffer.from("hello").indexOf("l", 3), Buffer.from("hello").indexOf(Buffer.from("lo")), Buffer.from("hello").indexOf(111), Buffer.from("hello").indexOf("z"), Buffer.from("hello").indexOf("l", -1), Buffer.from("hello").indexOf("")]);
  check("includes", [Buffer.from("hello").includes("ell"), Buffer.from("hello").includes(0)]);
  check("swap", [Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32(), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]).swap64()]);
  check("swap bad", caught(() => Buffer.alloc(3).swap16())[0]);

  const numbers = Buffer.alloc(16);
  for (const [method, value, size] of [
    ["UInt8", 200], ["Int8", -100], ["UInt16LE", 0x1234], ["UInt16BE", 0x1234], ["Int16LE", -2], ["Int16BE", -2], ["UInt32LE", 0xdeadbeef],
    ["UInt32BE", 0xdeadbeef], ["Int32LE", -123456], ["Int32BE", -123456], ["FloatLE", 1.5], ["FloatBE", -0.1], ["DoubleLE", Math.PI], ["DoubleBE", 1e300],
    ["BigInt64LE", -5n], ["BigInt64BE", -5n], ["BigUInt64LE", 2n ** 63n], ["BigUInt64BE", 2n ** 63n], ["UIntLE", 0x123456, 3], ["UIntBE", 0x123456789abc, 6],
    ["IntLE", -70000, 3], ["IntBE", -1234567890123, 6],
  ]) {
    numbers.fill(0);
    const end = size ? numbers[`write${method}`](value, 1, size) : numbers[`write${method}`](value, 1);
    const back = size ? numbers[`read${method}`](1, size) : numbers[`read${method}`](1);
    check(method, [end, String(back), numbers.toString("hex")]);
  }
  check("Uint aliases", ["readUint8", "readUint16LE", "readUint32BE", "readUintBE", "readBigUint64LE", "writeUint8", "writeUintLE"].map((name) => typeof numbers[name]));
  check("read beyond", caught(() => Buffer.alloc(2).readUInt32LE(0))[0]);
  check("write too large", caught(() => Buffer.alloc(2).writeUInt8(256))[0]);
  check("iterate", [[...Buffer.from("ab").entries()], [...Buffer.from("ab").keys()], [...Buffer.from("ab")]]);
  check("isUtf8", [isUtf8(Buffer.from("ä")), isUtf8(Buffer.from([0xff])), isAscii(Buffer.from("a")), isAscii(Buffer.from("ä"))]);
  check("transcode", [...transcode(Buffer.from("€a"), "utf8", "utf16le")]);
  check("atob btoa", [btoa("hello"), atob("aGVsbG8="), caught(() => atob("a"))[0]]);
  check("in a template", `${Buffer.from("text")}`);
  check("inspect", [require_inspect(Buffer.from("abc")), require_inspect(Buffer.alloc(60))]);
  check("for in", (() => { const own = []; for (const key in Buffer.from("ab")) { if (own.length < 2) own.push(key); } return own; })());
  check("parent", Buffer.from(new ArrayBuffer(8), 2, 4).byteOffset);
  check("toLocaleString", Buffer.from("x").toLocaleString("hex"));
};

import { inspect as require_inspect } from "node:util";
