// Headers, from the text of the Fetch Standard: header names and values, "combine", "sort and combine", and the class.

let total = 0;
/** Prints what differs. `got` is a value, or what computes it. */
const report = (name, expected, got) => {
  total++;
  const value = typeof got === "function" ? caught(got) : got;
  if (JSON.stringify(value) !== JSON.stringify(expected)) console.log(JSON.stringify([name, value]));
};
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };
const all = (init) => caught(() => [...new Headers(init)]);

export default async () => {
  // "header name": a token of RFC 9110.
  for (const name of ["a", "A-b", "x!#$%&'*+-.^_`|~9", "1", "-", "content-type", "constructor", "__proto__", "hasOwnProperty"]) {
    for (const call of ["append", "set"]) report(`${call} name ${name}`, [[name.toLowerCase(), "v"]], (() => { const headers = new Headers(); headers[call](name, "v"); return [...headers]; })());
    report(`absent ${name}`, [null, false], [new Headers().get(name), new Headers().has(name)]);
  }
  for (const name of ["", " ", "a b", "a ", " a", "a:", ":a", "a\n", "\na", "a\0", "ä", "€", "a\u0100", "a/b", "(a)", "a,b", "a;b", "a<b>", "a=b", "a?", "a@b", "[a]", "a\\b", "{a}", "a\"", "\x7f", "a\t"]) {
    for (const [call, values] of [["append", [name, "v"]], ["set", [name, "v"]], ["get", [name]], ["has", [name]], ["delete", [name]]]) {
      report(`${call} no name ${JSON.stringify(name)}`, "TypeError", caught(() => new Headers()[call](...values)));
    }
    report(`no name ${JSON.stringify(name)} in a record`, "TypeError", all({ [name]: "v" }));
  }

  // "normalize": white space around a value goes. "header value": no NUL, CR or LF, and bytes only.
  for (const [value, kept] of [["", ""], [" ", ""], [" a ", "a"], ["\ta\t", "a"], ["\r\na\r\n", "a"], ["\na", "a"], ["a b", "a b"], ["a\tb", "a\tb"], ["a  b", "a  b"], ["\xa0a", "\xa0a"], ["\xff", "\xff"], ["\x80", "\x80"], ["\x01\x7f", "\x01\x7f"], ["\x0b", "\x0b"], ["a,b", "a,b"], [1, "1"], [null, "null"], [undefined, "undefined"], [true, "true"], [["a", "b"], "a,b"], [{ toString: () => "o" }, "o"]]) {
    report(`value ${JSON.stringify(value)} ${value}`, [["a", kept], ["b", kept]], caught(() => { const headers = new Headers([["a", value]]); headers.set("b", value); return [...headers]; }));
  }
  for (const value of ["a\nb", "a\rb", "a\r\nb", "a\0", "\0", "\0a", "a\r\n b", "€", "\u0100", "🦀"]) {
    for (const call of ["append", "set"]) report(`${call} no value ${JSON.stringify(value)}`, "TypeError", caught(() => new Headers()[call]("a", value)));
    report(`no value ${JSON.stringify(value)} in an array`, "TypeError", all([["a", value]]));
  }
  report("no symbol", "TypeError", caught(() => new Headers([["a", Symbol()]])));

  // "fill".
  for (const [name, init, expected] of [
    ["nothing", undefined, []], ["an empty record", {}, []], ["a record", { B: "2", a: "1" }, [["a", "1"], ["b", "2"]]], ["a record with one name twice", { A: "1", a: "2" }, [["a", "1, 2"]]], ["pairs", [["b", "2"], ["A", "1"], ["a", "3"]], [["a", "1, 3"], ["b", "2"]]],
    ["Headers", new Headers({ a: "1" }), [["a", "1"]]], ["a Map", new Map([["a", "1"]]), [["a", "1"]]], ["a generator of Sets", (function* pairs() { yield new Set(["a", "1"]); })(), [["a", "1"]]], ["a prototype", Object.create({ a: "1" }), []],
    ["a getter", { get a() { return "1"; } }, [["a", "1"]]], ["what cannot be enumerated", Object.defineProperty({}, "a", { value: "1" }), []],
  ]) report(`from ${name}`, expected, all(init));
  for (const [name, init] of [["null", null], ["a number", 1], ["a text", "ab"], ["a flag", true], ["a pair of one", [["a"]]], ["a pair of three", [["a", "b", "c"]]], ["an empty pair", [[]]], ["no pairs", [1]], ["two characters", ["ab"]], ["a symbol as name", { [Symbol("a")]: "1" }]]) report(`not from ${name}`, "TypeError", all(init));
  report("a copy", ["1", "2"], () => { const first = new Headers({ a: "1" }); const second = new Headers(first); second.set("a", "2"); return [first.get("a"), second.get("a")]; });
  report("without new", "TypeError", caught(() => Headers()));

  // "append", "combine", "set", "delete".
  const after = (init, change) => { const headers = new Headers(init); change(headers); return [...headers]; };
  report("append", [["a", "1, 2, "]], after({ a: "1" }, (headers) => { headers.append("A", " 2 "); headers.append("a", ""); }));
  report("set", [["a", "3"], ["b", "2"]], after([["a", "1"], ["b", "2"], ["a", "2"]], (headers) => headers.set("A", "3")));
  report("delete", [["b", "2"]], after([["a", "1"], ["b", "2"], ["a", "2"]], (headers) => { headers.delete("A"); headers.delete("c"); }));
  report("get", ["1, 2", "", null], () => { const headers = new Headers([["a", "1"], ["A", "2"], ["b", ""]]); return [headers.get("A"), headers.get("b"), headers.get("c")]; });
  report("results", [undefined, undefined, undefined], (() => { const headers = new Headers(); return [headers.append("a", "1"), headers.set("a", "1"), headers.delete("a")]; })().map((value) => value));
  for (const [call, count] of [["append", 2], ["set", 2], ["get", 1], ["has", 1], ["delete", 1], ["forEach", 1]]) {
    for (let given = 0; given < count; given++) report(`${call} with ${given} arguments`, "TypeError", caught(() => new Headers()[call](...["a", "b"].slice(0, given))));
    report(`length of ${call}`, count, Headers.prototype[call].length);
  }

  // "sort and combine": by lower-case name, and each `set-cookie` by itself.
  const cookies = new Headers([["Set-Cookie", "b=2"], ["z", "1"], ["set-cookie", "a=1"], ["A", "2"], ["z", "3"]]);
  report("order", [["a", "2"], ["set-cookie", "b=2"], ["set-cookie", "a=1"], ["z", "1, 3"]], [...cookies]);
  report("getSetCookie", [["b=2", "a=1"], "b=2, a=1", true], [cookies.getSetCookie(), cookies.get("Set-Cookie"), cookies.has("SET-COOKIE")]);
  report("getSetCookie of none", [], new Headers({ "set-cookie2": "a" }).getSetCookie());
  report("getSetCookie, one with commas", ["a=1, b=2"], new Headers({ "set-cookie": "a=1, b=2" }).getSetCookie());
  report("getSetCookie, an empty one", [""], new Headers({ "set-cookie": "" }).getSetCookie());
  report("cookies, set and deleted", [["c=3"], []], () => { const headers = new Headers(cookies); headers.set("set-cookie", "c=3"); const first = headers.getSetCookie(); headers.delete("Set-Cookie"); return [first, headers.getSetCookie()]; });
  report("cookies, copied", ["b=2", "a=1"], new Headers(cookies).getSetCookie());
  report("a new array", false, cookies.getSetCookie() === cookies.getSetCookie());

  // The iterable declaration.
  const headers = new Headers({ c: "3", a: "1", b: "2" });
  report("keys, values, entries", [["a", "b", "c"], ["1", "2", "3"], [["a", "1"], ["b", "2"], ["c", "3"]]], [[...headers.keys()], [...headers.values()], [...headers.entries()]]);
  report("entries is the iterator", true, Headers.prototype.entries === Headers.prototype[Symbol.iterator]);
  report("forEach", [["1", "a", true, 5], ["2", "b", true, 5], ["3", "c", true, 5]], () => { const seen = []; headers.forEach(function each(value, name, own) { seen.push([value, name, own === headers, this.valueOf()]); }, 5); return seen; });
  for (const callback of [undefined, null, {}, "f"]) report(`forEach of ${JSON.stringify(callback)}`, "TypeError", caught(() => headers.forEach(callback)));
  report("iteration sees a deletion", ["a", "c"], () => { const own = new Headers({ a: "1", b: "2", c: "3" }); const seen = []; for (const [name] of own) { seen.push(name); own.delete("b"); } return seen; });
  report("iteration sees an addition", ["a", "b"], () => { const own = new Headers({ a: "1" }); const seen = []; for (const [name] of own) { seen.push(name); if (name === "a") own.append("b", "2"); } return seen; });
  report("iterators", ["[object Headers Iterator]", true], [String(headers.keys()), (() => { const iterator = headers.keys(); return iterator[Symbol.iterator]() === iterator; })()]);
  report("tag", "[object Headers]", String(headers));
  report("another object", ["TypeError", "TypeError"], [caught(() => Headers.prototype.get.call({}, "a")), caught(() => Headers.prototype.entries.call(new Map()))]);

  // Requests and responses.
  report("of a response", [["a", "1"], ["content-type", "text/plain;charset=UTF-8"]], [...new Response("x", { headers: { a: "1" } }).headers]);
  report("type of bodies", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded;charset=UTF-8", "image/png", null, null, "application/json"], [...["x", new URLSearchParams("a=1"), new Blob(["x"], { type: "image/png" }), new Uint8Array(1), null].map((body) => new Response(body).headers.get("content-type")), Response.json({}).headers.get("content-type")]);
  report("a given type stays", "a/b", new Response("x", { headers: { "Content-Type": "a/b" } }).headers.get("content-type"));
  report("of a request", ["1", "text/plain;charset=UTF-8"], () => { const request = new Request("https://a.b/", { method: "POST", body: "x", headers: [["A", "1"]] }); return [request.headers.get("a"), request.headers.get("content-type")]; });
  report("immutable", ["TypeError", "TypeError", "TypeError"], ["append", "set", "delete"].map((call) => caught(() => Response.error().headers[call]("a", "1"))));
  report("immutable, of a redirect", ["https://a.b/", "TypeError"], () => { const { headers: own } = Response.redirect("https://a.b/"); return [own.get("location"), caught(() => own.set("a", "1"))]; });
  console.log(total);
};
