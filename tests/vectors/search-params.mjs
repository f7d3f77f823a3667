// URLSearchParams, from the text of the URL Standard: its interface, and the parser and serialiser of application/x-www-form-urlencoded.

let total = 0;
/** Prints what differs. `got` is a value, or what computes it. */
const report = (name, expected, got) => {
  total++;
  const value = typeof got === "function" ? caught(got) : got;
  if (JSON.stringify(value) !== JSON.stringify(expected)) console.log(JSON.stringify([name, value]));
};
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };

// "application/x-www-form-urlencoded parsing".
const PARSED = [
  ["", []], ["?", []], ["??a", [["?a", ""]]], ["a", [["a", ""]]], ["a=", [["a", ""]]], ["=", [["", ""]]], ["=b", [["", "b"]]], ["a=b", [["a", "b"]]], ["a=b=c", [["a", "b=c"]]], ["&", []], ["&&a&&", [["a", ""]]], ["a&b=c", [["a", ""], ["b", "c"]]],
  ["a=1&a=2", [["a", "1"], ["a", "2"]]], ["a+b=c+d", [["a b", "c d"]]], ["a%20b=c%2Bd", [["a b", "c+d"]]], ["%61=%C3%A4", [["a", "ä"]]], ["a=%", [["a", "%"]]], ["a=%4", [["a", "%4"]]], ["a=%zz", [["a", "%zz"]]], ["a=%E4", [["a", "\ufffd"]]], ["a=%e2%82%AC", [["a", "€"]]],
  ["a=%f0%9f%a6%80", [["a", "🦀"]]], ["a=ä", [["a", "ä"]]], ["%EF%BB%BFa=%EF%BB%BF", [["\ufeffa", "\ufeff"]]], ["a=%00", [["a", "\0"]]], ["a;b=c", [["a;b", "c"]]], ["a=\ud800", [["a", "\ufffd"]]], ["a=b#c", [["a", "b#c"]]],
];
// "application/x-www-form-urlencoded serializing": all but letters, digits and `*-._` is encoded, a space is `+`.
const SERIALISED = [
  [[], ""], [[["a", "b"]], "a=b"], [[["a", ""]], "a="], [[["", ""]], "="], [[["a b", "c+d"]], "a+b=c%2Bd"], [[["ä", "€"]], "%C3%A4=%E2%82%AC"], [[["a", "🦀"]], "a=%F0%9F%A6%80"], [[["a", "*-._"]], "a=*-._"], [[["a", "~!'()"]], "a=%7E%21%27%28%29"],
  [[["a", "&=?#/\\"]], "a=%26%3D%3F%23%2F%5C"], [[["a", "\r\n\0"]], "a=%0D%0A%00"], [[["a", "\ud800"]], "a=%EF%BF%BD"], [[["a", "1"], ["a", "2"]], "a=1&a=2"],
];

export default () => {
  for (const [text, pairs] of PARSED) report(`parse ${text}`, pairs, [...new URLSearchParams(text)]);
  for (const [pairs, text] of SERIALISED) report(`serialise ${JSON.stringify(pairs)}`, text, String(new URLSearchParams(pairs)));

  for (const [name, init, text] of [
    ["nothing", undefined, ""], ["null", null, "null="], ["a record", { b: "2", a: 1 }, "b=2&a=1"], ["a record of anything", { a: undefined, b: null, c: [1, 2] }, "a=undefined&b=null&c=1%2C2"], ["itself", new URLSearchParams("a=1&a=2"), "a=1&a=2"], ["a Map", new Map([["a", "1"]]), "a=1"],
    ["a generator", (function* pairs() { yield ["a", "1"]; yield new Set(["b", "2"]); })(), "a=1&b=2"], ["an array of none", [], ""], ["a number", 12, "12="], ["FormData-like", [["a", "1"], ["b", "2"]], "a=1&b=2"], 
  ]) report(`from ${name}`, text, caught(() => String(new URLSearchParams(init))));
  for (const init of [[["a"]], [["a", "b", "c"]], [[]], ["ab", "cd"], [1], [null]]) report(`not from ${JSON.stringify(init)}`, "TypeError", caught(() => String(new URLSearchParams(init))));
  report("without new", "TypeError", caught(() => URLSearchParams("a")));

  const with_ = (text, change) => { const params = new URLSearchParams(text); const result = change(params); return [String(params), result]; };
  report("append", ["a=1&a=2&b=null"], [with_("a=1", (params) => { params.append("a", 2); params.append("b", null); })[0]]);
  report("delete", ["b=2", "a=2&b=2", "a=1&b=2"], [with_("a=1&b=2&a=2", (params) => params.delete("a")), with_("a=1&a=2&b=2", (params) => params.delete("a", "1")), with_("a=1&b=2", (params) => params.delete("a", 2))].map(([text]) => text));
  report("delete any value", "b=2", with_("a=1&b=2&a=2", (params) => params.delete("a", undefined))[0]);
  report("get", ["1", null, ""], [with_("a=1&a=2", (params) => params.get("a"))[1], with_("a", (params) => params.get("b"))[1], with_("a", (params) => params.get("a"))[1]]);
  report("getAll", [["1", "2"], []], [with_("a=1&a=2", (params) => params.getAll("a"))[1], with_("a", (params) => params.getAll("b"))[1]]);
  report("has", [true, false, true, false, true], [["a"], ["b"], ["a", "1"], ["a", "3"], ["a", undefined]].map((values) => new URLSearchParams("a=1&a=2").has(...values)));
  report("set", ["a=3&b=2", "a=1&c=null"], [with_("a=1&b=2&a=2", (params) => params.set("a", 3))[0], with_("a=1", (params) => params.set("c", null))[0]]);
  report("size", [0, 3], [new URLSearchParams().size, new URLSearchParams("a=1&a=2&b").size]);
  // Names are compared by code unit: a surrogate pair comes before U+FB03.
  report("sort", ["a=2&a=1&z=3", "%F0%9F%8C%88=1&%EF%AC%83=2", "e%CC%81=2&%C3%A9=1", "=2&a=1"], ["z=3&a=2&a=1", "ﬃ=2&🌈=1", "é=1&e\u0301=2", "a=1&=2"].map((text) => with_(text, (params) => params.sort())[0]));
  for (const call of ["append", "delete", "get", "getAll", "has", "set"]) report(`${call} without arguments`, "TypeError", caught(() => new URLSearchParams("a")[call]()));
  report("append and set of a name alone", ["TypeError", "TypeError"], ["append", "set"].map((call) => caught(() => new URLSearchParams()[call]("a"))));

  report("iteration", [["a", "b"], ["1", "2"], [["a", "1"], ["b", "2"]]], () => { const params = new URLSearchParams("a=1&b=2"); return [[...params.keys()], [...params.values()], [...params.entries()]]; });
  report("entries is the iterator", true, URLSearchParams.prototype.entries === URLSearchParams.prototype[Symbol.iterator]);
  report("iteration is live", [["a", "c"], ["a", "b", "c"]], [(() => { const params = new URLSearchParams("a=1&b=2&c=3"); const seen = []; for (const [name] of params) { seen.push(name); params.delete("b"); } return seen; })(), (() => { const params = new URLSearchParams("a&b"); const seen = []; for (const [name] of params) { seen.push(name); if (name === "b") params.append("c", ""); } return seen; })()]);
  report("forEach", [["1", "a", true, 5]], () => { const params = new URLSearchParams("a=1"); const seen = []; params.forEach(function each(value, name, all) { seen.push([value, name, all === params, this.valueOf()]); }, 5); return seen; });
  report("forEach of nothing", "TypeError", caught(() => new URLSearchParams().forEach()));
  report("iterators", ["[object URLSearchParams Iterator]", true], () => { const iterator = new URLSearchParams("a")[Symbol.iterator](); return [String(iterator), iterator[Symbol.iterator]() === iterator]; });
  report("tag", "[object URLSearchParams]", Object.prototype.toString.call(new URLSearchParams("a=1")));

  // "update steps": the parameters of a URL and its query follow each other.
  report("of a URL", ["https://a.b/?x=1&y=%C3%A4#h", "https://a.b/#h", "https://a.b/?q=1+2#h"], () => { const url = new URL("https://a.b/?x=1#h"); const seen = []; url.searchParams.append("y", "ä"); seen.push(url.href); url.searchParams.delete("x"); url.searchParams.delete("y"); seen.push(url.href); url.searchParams.set("q", "1 2"); seen.push(url.href); return seen; });
  report("of a URL, from its query", [["m", "1"], 1, "", true], () => { const url = new URL("https://a.b/?x=1"); const params = url.searchParams; url.search = "?m=1"; const seen = [[...params][0], params.size]; url.href = "https://c.d/"; return [...seen, String(params), params === url.searchParams]; });
  report("of a URL, as written", ["https://a.b/?a=~&b=%20", "https://a.b/?a=%7E&b=+"], () => { const url = new URL("https://a.b/?a=~&b=%20"); const before = url.href; url.searchParams.sort(); return [before, url.href]; });
  console.log(total);
};
