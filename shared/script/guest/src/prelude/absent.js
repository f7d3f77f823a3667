// What packages import and a sandbox cannot have: it is there, and throws when it is used.

function unsupported(name) {
  const error = new Error(`${name} is not supported in the sandbox`);
  error.code = "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM";
  return error;
}

const last = (name) => name.slice(name.lastIndexOf(".") + 1);

/** A function that throws, or rejects where promises are expected. */
export const absent = (name) => (/\bpromises\./.test(name)
  ? { async [last(name)](..._values) { throw unsupported(name); } }
  : { [last(name)](..._values) { throw unsupported(name); } })[last(name)];

/** A class that can be extended and not made. */
export function absentClass(name) {
  const constructor = function () { throw unsupported(name); };
  return Object.defineProperty(constructor, "name", { value: last(name), configurable: true });
}
