// Stack traces as Node writes them: name and message, then the calls in the script. The engine has the calls alone, with the sandbox's own.

const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { toString } = Error.prototype;
const { get, set } = getOwnPropertyDescriptor(Error.prototype, "stack");
const { captureStackTrace } = Error;
const ofLanguage = [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, DOMException].map(
  ({ prototype }) => prototype,
);

/** Whether it is the engine's; otherwise the script has set it, or made it with `Error.prepareStackTrace`. */
const isOfEngine = (stack) => typeof stack === "string" && /^ {4}at |^$/.test(stack);

/** The names of the script's own classes of an error: their constructors made it, their callers threw it. */
function classesOf(error) {
  const names = [];
  for (let at = getPrototypeOf(error); at !== null && !ofLanguage.includes(at); at = getPrototypeOf(at)) names.push(at.constructor?.name);
  return names;
}

function asInNode(error, stack) {
  // Built-in code is compiled without its names. What is below the script is the sandbox's.
  const calls = stack.split("\n").filter((call) => call !== "" && !call.includes("(<null>") && !call.startsWith("    at <input>"));
  const inScript = (call) => call.includes("hook.js:");
  const classes = classesOf(error);
  let first = 0;
  while (classes.some((name) => calls[first]?.startsWith(`    at ${name} (hook.js:`)) && calls.slice(first + 1).some(inScript)) first++;
  return [apply(toString, error, []), ...calls.slice(first, calls.findLastIndex(inScript) + 1)].join("\n");
}

const replaced = {
  get stack() {
    const stack = apply(get, this, []);
    return isOfEngine(stack) ? asInNode(this, stack) : stack;
  },
  captureStackTrace(target, above) {
    captureStackTrace(target, above);
    rewrite(target);
  },
};

/** Rewrites a stack trace that is a property of the object itself. */
function rewrite(target) {
  const stack = getOwnPropertyDescriptor(target, "stack");
  if (isOfEngine(stack?.value)) defineProperty(target, "stack", { ...stack, value: asInNode(target, stack.value) });
}

defineProperty(Error.prototype, "stack", { get: getOwnPropertyDescriptor(replaced, "stack").get, set, configurable: true, enumerable: false });
defineProperty(Error, "captureStackTrace", { value: replaced.captureStackTrace, writable: true, configurable: true, enumerable: false });

// The engine gives each a property of its own.
const Engines = DOMException;
const Replacing = {
  DOMException: function (...given) {
    if (new.target === undefined) throw new TypeError("class constructors must be invoked with 'new'");
    const made = construct(Engines, given, new.target);
    captureStackTrace(made, Replacing);
    rewrite(made);
    return made;
  },
}.DOMException;
for (const key of ownKeys(Engines)) {
  if (key !== "prototype") defineProperty(Replacing, key, getOwnPropertyDescriptor(Engines, key));
}
defineProperty(Replacing, "prototype", { value: Engines.prototype, writable: false });
defineProperty(Engines.prototype, "constructor", { value: Replacing, writable: true, configurable: true, enumerable: false });
defineProperty(globalThis, "DOMException", { value: Replacing, writable: true, configurable: true, enumerable: false });
