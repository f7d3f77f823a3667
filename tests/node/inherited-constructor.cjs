// What libraries do with the constructor that functions inherit: copy over it, read it, ask for it.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);

module.exports = async () => {
  check("assigned", (() => { const copy = () => 1; copy.constructor = Array; return [copy.constructor === Array, Object.keys(copy)]; })());
  check("copied", (() => { const copy = function () {}; for (const name of Object.getOwnPropertyNames(class { a() {} }.prototype)) copy[name] = name; return Object.keys(copy); })());
  check("inherited", [(() => 1).constructor === Function, (() => 1).constructor.name, (function () {}) instanceof Function]);
  check("hostname", typeof require("os").hostname());
};
