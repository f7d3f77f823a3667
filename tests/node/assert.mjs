// assert.

import assert, { AssertionError, strict } from "node:assert";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { call(); return "passed"; } catch (error) { return [error.name, error.code, error.operator, error.generatedMessage, error instanceof AssertionError]; } };
const message = (call) => { try { call(); return "passed"; } catch (error) { return error.message; } };
const rejected = async (call) => { try { await call(); return "passed"; } catch (error) { return [error.name, error.code, error.operator]; } };

export default async () => {
  check("ok", [caught(() => assert(1)), caught(() => assert(0)), caught(() => assert.ok("")), message(() => assert(false, "own")), message(() => { assert.ok(null, new RangeError("mine")); })]);
  check("equal", [caught(() => assert.equal(1, "1")), caught(() => assert.equal(1, 2)), caught(() => assert.equal(NaN, NaN)), caught(() => assert.notEqual(1, 2)), caught(() => assert.notEqual(1, "1"))]);
  check("strict", [caught(() => assert.strictEqual(1, 1)), caught(() => assert.strictEqual(1, "1")), caught(() => assert.notStrictEqual(1, 1))]);
  check("deep", [caught(() => assert.deepEqual({ a: 1 }, { a: "1" })), caught(() => assert.deepStrictEqual({ a: 1 }, { a: "1" })), caught(() => assert.deepStrictEqual([1, { b: new Map([[1, 2]]) }], [1, { b: new Map([[1, 2]]) }])), caught(() => assert.notDeepStrictEqual([1], [1])), caught(() => assert.notDeepEqual([1], ["1"]))]);
  check("throws", [caught(() => assert.throws(() => { throw new TypeError("x"); })), caught(() => assert.throws(() => {})), caught(() => assert.throws(() => { throw new TypeError("bad thing"); }, /bad/)), caught(() => assert.throws(() => { throw new TypeError("x"); }, TypeError)), caught(() => assert.throws(() => { throw new TypeError("x"); }, { name: "TypeError", message: "x" })), caught(() => assert.throws(() => { throw new TypeError("x"); }, { message: "y" })), caught(() => assert.throws(() => { throw new TypeError("x"); }, (error) => error.message === "x")), message(() => assert.throws(() => { throw new TypeError("other"); }, RangeError))]);
  check("does not throw", [caught(() => assert.doesNotThrow(() => {})), caught(() => assert.doesNotThrow(() => { throw new Error("x"); }))]);
  check("rejects", [await rejected(() => assert.rejects(Promise.reject(new Error("x")))), await rejected(() => assert.rejects(Promise.resolve())), await rejected(() => assert.rejects(async () => { throw new Error("abc"); }, /abc/)), await rejected(() => assert.doesNotReject(Promise.reject(new Error("x"))))]);
  check("match", [caught(() => assert.match("abc", /b/)), caught(() => assert.match("abc", /x/)), caught(() => assert.doesNotMatch("abc", /b/))]);
  check("fail", [message(() => assert.fail()), message(() => assert.fail("own")), message(() => assert.ifError(null)), caught(() => assert.ifError(new Error("x")))[1]]);
  check("strict module", [strict.equal === assert.strictEqual, caught(() => strict.equal(1, "1")), assert.strict === strict, strict.strict === strict]);
  check("error", (() => { const error = new AssertionError({ message: "m", actual: 1, expected: 2, operator: "op" }); return [error.message, error.actual, error.expected, error.operator, error.code, error.name]; })());
};
