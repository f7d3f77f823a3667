// util: text of values, promises, inheritance, types.

const util = require("util");
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };

class Point { constructor() { this.x = 1; this.y = [1, 2]; } }
class Named { get [Symbol.toStringTag]() { return "Tagged"; } }
class Custom { [util.inspect.custom](depth, options) { return `<custom ${depth} ${typeof options.stylize}>`; } }
const circular = { name: "c" };
circular.self = circular;

module.exports = async () => {
  for (const value of [
    1, -0, 10n, "text", "it's", 'both " and \'', "line\nbreak", true, null, undefined, Symbol("s"), [], [1, , 3], [1, [2, [3, [4, [5]]]]], {}, { a: 1, "b-c": 2, 3: 4 },
    { a: { b: { c: { d: 1 } } } }, new Map([["k", { v: 1 }], [{}, 2]]), new Set([1, "a"]), new Date(0), new Date(NaN), /x/gi, () => 1, function named() {}, class A {}, class B extends Point {},
    new Point(), new Named(), new Custom(), circular, Object.create(null), Object.create({ inherited: 1 }), [undefined, null], new Uint8Array(3), new Float64Array([1.5]),
    Buffer.from("abc"), Promise.resolve(5), Promise.reject(new Error("x")).catch(() => {}) && new Promise(() => {}), new WeakMap(), [1.5, "a", { b: 2 }], new String("boxed"), new Number(3), Object(Symbol("q")),
    Array.from({ length: 120 }, (_, index) => index), "x".repeat(200), { long: "y".repeat(100), other: "z".repeat(40) }, { get accessor() { return 1; }, set accessor(value) {} },
    Object.assign(() => {}, { property: 1 }), [[]], [{}], { f() {}, async g() {}, *h() {} }, new (class extends Array {})(3), new (class extends Map {})(), { [Symbol("key")]: 1 }, { undefined: undefined, null: null },
    globalThis === global, Math, JSON, [["a", 1], ["b", 2]], { a: [1, 2, 3], b: new Set([[1]]) }, "🦀", ["a\tb"], -1.5e300, NaN,
  ]) check("inspect", util.inspect(value));
  check("options", [util.inspect({ a: { b: { c: {} } } }, { depth: 0 }), util.inspect({ a: { b: { c: { d: 1 } } } }, false, null), util.inspect({ b: 1, a: 2 }, { sorted: true }), util.inspect({ a: [1, 2] }, { compact: false }), util.inspect("x", { colors: true }), util.inspect([1, 2, 3], { maxArrayLength: 1 }), util.inspect({ a: 1, b: 2 }, { breakLength: 3 }), util.inspect(1234567.891, { numericSeparator: true })]);
  for (const values of [["%s is %d years and %i, %f", "Bob", 42.5, 42.9, "1.5"], ["%j %o %O", { a: 1 }, [1], { b: { c: {} } }], ["%%s %s"], ["%s", null, undefined, "more"], ["no format", { a: 1 }], [1, 2, "3"], ["%s", Symbol("x")], ["%s", 5n], ["%d", "x"], ["%c styled", "css"], ["%s", { toString() { return "own"; } }], ["%s", () => {}], ["a", "b"], [], ["%x", 1], ["%s %s", "only one"], ["%s", [1, [2]]], ["%s", -0]]) check("format", util.format(...values));
  check("formatWithOptions", util.formatWithOptions({ compact: false }, "%O", { a: 1 }));

  const later = (value, callback) => setTimeout(() => (value instanceof Error ? callback(value) : callback(null, value)), 1);
  check("promisify", [await util.promisify(later)("v"), await util.promisify(later)(new Error("failed")).catch((error) => error.message), caught(() => util.promisify(5))]);
  const own = () => {};
  own[util.promisify.custom] = () => "custom";
  check("promisify custom", [util.promisify(own)(), await util.promisify(setTimeout)(1, "timer")]);
  check("callbackify", await new Promise((resolve) => util.callbackify(async (value) => value * 2)(4, (error, value) => resolve([error, value]))));
  check("callbackify error", await new Promise((resolve) => util.callbackify(async () => { throw new Error("no"); })((error) => resolve(error.message))));
  check("callbackify nothing", await new Promise((resolve) => util.callbackify(() => Promise.reject(null))((error) => resolve(error.code))));
  function Parent() {}
  Parent.prototype.hello = function () { return "hello"; };
  function Child() { Parent.call(this); }
  util.inherits(Child, Parent);
  check("inherits", [new Child().hello(), new Child() instanceof Parent, Child.super_ === Parent, Object.keys(Child)]);
  check("deprecate", typeof util.deprecate((value) => value + 1, "old", "DEP_TEST"));
  for (const [left, right] of [[1, 1], [1, "1"], [NaN, NaN], [0, -0], [[1, { a: 2 }], [1, { a: 2 }]], [{ a: 1, b: 2 }, { b: 2, a: 1 }], [{ a: undefined }, {}], [new Date(1), new Date(1)], [/a/g, /a/i], [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])], [new Set([1, [2]]), new Set([[2], 1])], [new Error("a"), new Error("a")], [new Error("a"), new TypeError("a")], [Buffer.from("a"), new Uint8Array([97])], [[1, , 3], [1, undefined, 3]], [Object(1), Object(1)], [null, undefined], [new Point(), { x: 1, y: [1, 2] }], [circular, circular], [Symbol.iterator, Symbol.iterator]]) check("isDeepStrictEqual", util.isDeepStrictEqual(left, right));
  check("types", Object.entries({ isDate: new Date(), isRegExp: /x/, isMap: new Map(), isSet: new Set(), isPromise: Promise.resolve(), isNativeError: new TypeError(), isTypedArray: new Uint8Array(), isUint8Array: Buffer.alloc(1), isArrayBuffer: new ArrayBuffer(1), isDataView: new DataView(new ArrayBuffer(1)), isAsyncFunction: async () => {}, isGeneratorFunction: function* () {}, isBoxedPrimitive: Object("s"), isStringObject: new String(""), isWeakMap: new WeakMap(), isArgumentsObject: (function () { return arguments; })(), isSymbolObject: Object(Symbol()), isFloat32Array: new Float32Array(), isAnyArrayBuffer: new ArrayBuffer(1) }).map(([name, value]) => [name, util.types[name](value), util.types[name]({}), util.types[name](Object.create(Object.getPrototypeOf(value)))].join()));
  check("older", [util.isArray([]), util.isString("a"), util.isFunction(() => {}), util.isObject(null), util.isPrimitive(1), util.isError(new Error()), util.isBuffer(Buffer.alloc(1)), util._extend({ a: 1 }, { b: 2 })]);
  check("more", [util.stripVTControlCharacters("\u001b[31mred\u001b[0m"), util.toUSVString("a\ud800"), typeof util.debuglog("x"), util.debuglog("x").enabled, util.styleText("red", "r"), new util.TextEncoder().encode("a").length, new util.TextDecoder().decode(Buffer.from("b"))]);
  console.log("console %s", "formats", { a: [1, { b: 2 }] });
  console.log({ a: 1 }, [1, 2], "text", 5);
  console.log(Array.from({ length: 30 }, (_, index) => `item ${index}`));
  console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
};
