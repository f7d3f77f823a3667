// The native functions, which no script can reach.

export const host = globalThis.__host;

const kinds = new Map([
  [Object.getPrototypeOf(async () => {}), "async"],
  [Object.getPrototypeOf(function* () {}), "generator"],
  [Object.getPrototypeOf(async function* () {}), "async generator"],
]);
host.functionKind = (value) => (typeof value === "function" ? kinds.get(Object.getPrototypeOf(value)) ?? "" : "");
