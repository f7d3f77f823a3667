// What the interfaces of the Web APIs and of Node have in common: their errors, their attributes, their lists of pairs.

const { create, defineProperty, entries, getPrototypeOf } = Object;

export function coded(Kind, code, message) {
  const error = new Kind(message);
  error.code = code;
  return error;
}

/** A value as Node's messages show it. */
export function received(value) {
  if (value == null) return `Received ${value}`;
  if (typeof value === "function") return `Received function ${value.name}`;
  if (typeof value === "object") return value.constructor?.name ? `Received an instance of ${value.constructor.name}` : "Received [Object: null prototype] {}";
  const shown = typeof value === "string" ? `'${value.length > 25 ? `${value.slice(0, 25)}...` : value}'` : typeof value === "bigint" ? `${value}n` : String(value);
  return `Received type ${typeof value} (${shown})`;
}

export const wrongType = (name, wanted, value) => coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" ${name.includes(".") ? "property" : "argument"} must be ${wanted}. ${received(value)}`);

/** Throws when one of these arguments is missing, in the words of Node. */
export function specified(given, ...names) {
  if (given.length >= names.length) return;
  const quoted = names.map((name) => `"${name}"`).join(" and ");
  throw coded(TypeError, "ERR_MISSING_ARGS", `The ${quoted} argument${names.length > 1 ? "s" : ""} must be specified`);
}

/** Throws when there are fewer arguments, in the words of `fetch`. */
export function required(given, count, name) {
  const { length } = given;
  if (length < count) throw new TypeError(`${name}: ${count} argument${count > 1 ? "s" : ""} required, but ${length > 0 ? "only " : ""}${length} found.`);
}

/** Gives an object attributes that scripts cannot set. */
export function fix(target, attributes) {
  for (const [name, value] of entries(attributes)) defineProperty(target, name, { value, enumerable: true, configurable: true });
  return target;
}

/** The pairs in a record, or in a sequence of them. */
export function pairsIn(init, wrong) {
  if (init[Symbol.iterator] == null) {
    return Reflect.ownKeys(init).filter((key) => Object.prototype.propertyIsEnumerable.call(init, key)).map((key) => [key, init[key]]);
  }
  return Array.from(init, (pair) => {
    const items = pair !== null && /^[of]/.test(typeof pair) ? [...pair] : [];
    if (items.length !== 2) throw wrong();
    return items;
  });
}

const hide = (target, name, value) => defineProperty(target, name, { value, writable: true, configurable: true });
const iterator = getPrototypeOf(getPrototypeOf([].values()));
const KINDS = { entries: ([name, value]) => [name, value], keys: ([name]) => name, values: ([, value]) => value };

/** Makes the instances of a class iterable: `pairsOf` returns what one holds. An iteration sees what is changed meanwhile. */
export function iterable(Class, pairsOf) {
  const { name, prototype } = Class;
  const states = new WeakMap();
  const iterators = create(iterator);
  const methods = {
    next() {
      const state = states.get(this);
      if (!state) throw new TypeError(`'next' called on an object that does not implement interface ${name} Iterator.`);
      const pair = pairsOf(state.list)[state.index];
      if (pair) state.index++;
      return { value: pair && state.kind(pair), done: !pair };
    },
    forEach(callback) {
      pairsOf(this);
      if (typeof callback !== "function") throw wrongType("callback", "of type function", callback);
      for (let index = 0, pair; (pair = pairsOf(this)[index]); index++) callback.call(arguments[1], pair[1], pair[0], this);
    },
  };
  hide(iterators, "next", methods.next);
  defineProperty(iterators, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
  for (const [method, kind] of entries(KINDS)) {
    hide(prototype, method, {
      [method]() {
        pairsOf(this);
        const made = create(iterators);
        states.set(made, { list: this, kind, index: 0 });
        return made;
      },
    }[method]);
  }
  hide(prototype, Symbol.iterator, prototype.entries);
  hide(prototype, "forEach", methods.forEach);
}
