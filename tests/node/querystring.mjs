// querystring.

import querystring, { parse, stringify } from "node:querystring";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);

export default () => {
  for (const text of ["a=1&b=2&a=3", "a", "a=", "=b", "", "a=b=c", "x=%E2%82%AC+%2B", "%zz=%", "a&&b", "a[0]=1&a[1]=2", "k=%C3", "__proto__=1&toString=2"]) {
    check(`parse ${text}`, parse(text));
  }
  check("separators", parse("a:1;b:2", ";", ":"));
  check("maxKeys", Object.keys(parse("a=1&b=2&c=3", null, null, { maxKeys: 2 })));
  check("own decoder", parse("a=x", null, null, { decodeURIComponent: (part) => part.toUpperCase() }));
  check("no prototype", Object.getPrototypeOf(parse("a=1")) === null);
  check("stringify", stringify({ a: 1, b: [2, "x y"], c: true, d: null, e: undefined, f: "ä&=", g: 10n, h: NaN, i: {}, j: "!'()*~" }));
  check("stringify empty", [stringify({}), stringify(null), stringify("a"), stringify({ a: [] })]);
  check("stringify separators", stringify({ a: 1, b: 2 }, ";", ":"));
  check("own encoder", stringify({ a: "b" }, null, null, { encodeURIComponent: (part) => `<${part}>` }));
  check("escape", [querystring.escape("a b&ü"), querystring.unescape("a%20b%zz"), querystring.unescape("%C3%BC")]);
  check("aliases", [querystring.encode === querystring.stringify, querystring.decode === querystring.parse]);
};
