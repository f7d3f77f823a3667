// Stack traces as Node writes them: name and message, then the calls in the script. The engine has the calls alone, with the sandbox's own.

const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { toString } = Error.prototype;
const { get, set } = getOwnPropertyDescriptor(Error.prototype, "stack");
const { captureStackTrace } = Error;

/** Whether it is the engine's; otherwise the script has set it, or made it with `Error.prepareStackTrace`. */
const isOfEngine = (stack) => typeof stack === "string" && /^ {4}at |^$/.test(stack);

function asInNode(error, stack) {
  // Built-in code is compiled without its names. What is below the script is the sandbox's.
  const calls = stack.split("\n").filter((call) => call !== "" && !call.includes("(<null>"));
  const last = calls.findLastIndex((call) => call.includes("hook.js:"));
  return [apply(toString, error, []), ...calls.slice(0, last + 1)].join("\n");
}

const replaced = {
  get stack() {
    const stack = apply(get, this, []);
    return isOfEngine(stack) ? asInNode(this, stack) : stack;
  },
  captureStackTrace(target, above) {
    captureStackTrace(target, above);
    const stack = getOwnPropertyDescriptor(target, "stack");
    if (isOfEngine(stack?.value)) defineProperty(target, "stack", { ...stack, value: asInNode(target, stack.value) });
  },
};
defineProperty(Error.prototype, "stack", { get: getOwnPropertyDescriptor(replaced, "stack").get, set, configurable: true, enumerable: false });
defineProperty(Error, "captureStackTrace", { value: replaced.captureStackTrace, writable: true, configurable: true, enumerable: false });
