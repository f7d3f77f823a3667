// node:assert.

import { isDeepEqual } from "hookpoint:equality";
import { inspect } from "node:util";

export class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message === undefined ? `${inspect(actual)} ${operator} ${inspect(expected)}` : String(message));
    this.generatedMessage = message === undefined;
    this.code = "ERR_ASSERTION";
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}
Object.defineProperty(AssertionError.prototype, "name", { value: "AssertionError", writable: true, configurable: true, enumerable: false });

function failed(actual, expected, operator, message, fallback) {
  if (message instanceof Error) throw message;
  const error = new AssertionError({ actual, expected, operator, message: message ?? fallback });
  error.generatedMessage = message === undefined;
  throw error;
}

function truthy(values) {
  if (values.length === 0) failed(undefined, true, "==", undefined, "No value argument passed to `assert.ok()`");
  const [value, message] = values;
  if (!value) failed(value, true, "==", message, "The expression evaluated to a falsy value");
}

function assert(...values) { truthy(values); }
const compared = (title, actual, expected) => `${title}:\n\n${inspect(actual)} !== ${inspect(expected)}\n`;

Object.assign(assert, {
  AssertionError,
  ok(...values) { truthy(values); },
  fail(message = "Failed") { failed(undefined, undefined, "fail", message); },
  equal(actual, expected, message) {
    if (!(actual == expected || (Number.isNaN(actual) && Number.isNaN(expected)))) {
      failed(actual, expected, "==", message, `${inspect(actual)} == ${inspect(expected)}`);
    }
  },
  notEqual(actual, expected, message) {
    if (actual == expected || (Number.isNaN(actual) && Number.isNaN(expected))) {
      failed(actual, expected, "!=", message, `${inspect(actual)} != ${inspect(expected)}`);
    }
  },
  strictEqual(actual, expected, message) {
    if (!Object.is(actual, expected)) failed(actual, expected, "strictEqual", message, compared("Expected values to be strictly equal", actual, expected));
  },
  notStrictEqual(actual, expected, message) {
    if (Object.is(actual, expected)) {
      failed(actual, expected, "notStrictEqual", message, `Expected "actual" to be strictly unequal to: ${inspect(expected)}`);
    }
  },
  deepEqual(actual, expected, message) {
    if (!isDeepEqual(actual, expected, false)) failed(actual, expected, "deepEqual", message, compared("Expected values to be loosely deep-equal", actual, expected));
  },
  notDeepEqual(actual, expected, message) {
    if (isDeepEqual(actual, expected, false)) failed(actual, expected, "notDeepEqual", message, `Expected "actual" not to be loosely deep-equal to: ${inspect(expected)}`);
  },
  deepStrictEqual(actual, expected, message) {
    if (!isDeepEqual(actual, expected, true)) failed(actual, expected, "deepStrictEqual", message, compared("Expected values to be strictly deep-equal", actual, expected));
  },
  notDeepStrictEqual(actual, expected, message) {
    if (isDeepEqual(actual, expected, true)) failed(actual, expected, "notDeepStrictEqual", message, `Expected "actual" not to be strictly deep-equal to: ${inspect(expected)}`);
  },
  match(text, expression, message) {
    if (typeof text !== "string" || !expression.test(text)) {
      failed(text, expression, "match", message, `The input did not match the regular expression ${inspect(expression)}. Input:\n\n${inspect(text)}\n`);
    }
  },
  doesNotMatch(text, expression, message) {
    if (typeof text === "string" && expression.test(text)) {
      failed(text, expression, "doesNotMatch", message, `The input was expected to not match the regular expression ${inspect(expression)}. Input:\n\n${inspect(text)}\n`);
    }
  },
  throws(call, expected, message) {
    try {
      call();
    } catch (error) {
      matchError(error, expected, message, "throws");
      return;
    }
    missing("throws", expected, message);
  },
  doesNotThrow(call, expected, message) {
    try {
      call();
    } catch (error) {
      unwanted(error, typeof expected === "string" ? expected : message, "doesNotThrow", "exception");
    }
  },
  async rejects(promise, expected, message) {
    try {
      await (typeof promise === "function" ? promise() : promise);
    } catch (error) {
      matchError(error, expected, message, "rejects");
      return;
    }
    missing("rejects", expected, message);
  },
  async doesNotReject(promise, expected, message) {
    try {
      await (typeof promise === "function" ? promise() : promise);
    } catch (error) {
      unwanted(error, typeof expected === "string" ? expected : message, "doesNotReject", "rejection");
    }
  },
  ifError(value) {
    if (value === null || value === undefined) return;
    failed(value, null, "ifError", undefined, `ifError got unwanted exception: ${value?.message ?? inspect(value)}`);
  },
});

function missing(operator, expected, message) {
  if (typeof expected === "string") [expected, message] = [undefined, expected];
  const what = operator === "rejects" ? "rejection" : "exception";
  const kind = expected?.name ? ` (${expected.name})` : "";
  failed(undefined, expected, operator, `Missing expected ${what}${kind}${message === undefined ? "." : `: ${message}`}`);
}

function unwanted(error, message, operator, what) {
  failed(error, undefined, operator, `Got unwanted ${what}${message ? `: ${message}` : "."}\nActual message: "${error?.message}"`);
}

function matchError(error, expected, message, operator) {
  if (expected === undefined || typeof expected === "string") return;
  if (expected instanceof RegExp) {
    if (expected.test(String(error))) return;
    failed(error, expected, operator, message, `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(String(error))}\n`);
  }
  if (typeof expected === "object") {
    const keys = Object.keys(expected);
    if (expected instanceof Error) keys.push("name", "message");
    for (const key of keys) {
      const isMatch = typeof error?.[key] === "string" && expected[key] instanceof RegExp && expected[key].test(error[key]);
      if (!isMatch && !(key in Object(error) && isDeepEqual(error[key], expected[key], true))) {
        failed(error, expected, operator, message, compared("Expected values to be strictly deep-equal", error, expected));
      }
    }
    return;
  }
  if (expected.prototype !== undefined && error instanceof expected) return;
  if (expected === Error || Object.prototype.isPrototypeOf.call(Error, expected)) {
    const found = error?.constructor?.name ? `Received "${error.constructor.name}"` : `Received "${inspect(error)}"`;
    failed(error, expected, operator, message, `The error is expected to be an instance of "${expected.name}". ${found}${error?.message ? `\n\nError message:\n\n${error.message}` : ""}`);
  }
  if (Reflect.apply(expected, {}, [error]) !== true) {
    failed(error, expected, operator, message, `The ${expected.name ? `"${expected.name}" ` : ""}validation function is expected to return "true". Received ${inspect(expected(error))}`);
  }
}

function strict(...values) { truthy(values); }
Object.assign(strict, assert, {
  equal: assert.strictEqual, notEqual: assert.notStrictEqual, deepEqual: assert.deepStrictEqual, notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict = strict;
strict.strict = strict;

export const {
  deepEqual, deepStrictEqual, doesNotMatch, doesNotReject, doesNotThrow, equal, fail, ifError, match, notDeepEqual, notDeepStrictEqual, notEqual,
  notStrictEqual, ok, rejects, strictEqual, throws,
} = assert;
export { strict };
export default assert;
