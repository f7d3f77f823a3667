// URL, URLSearchParams, and the older functions of the module.

import legacy, { URL as Imported, domainToASCII, domainToUnicode, fileURLToPath, pathToFileURL, urlToHttpOptions } from "node:url";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };
const parts = (url) => ({ href: url.href, origin: url.origin, protocol: url.protocol, username: url.username, password: url.password, host: url.host, hostname: url.hostname, port: url.port, pathname: url.pathname, search: url.search, hash: url.hash });

export default () => {
  check("one class", Imported === URL);
  for (const [text, base] of [
    ["https://user:p%20w@Exämple.com:443/a/../b;c?x=1 2&y=ä#frag ment"], ["http://[::1]:8080/"], ["mailto:a@b.c"], ["file:///C:/a"], ["../x?q#h", "https://a.b/c/d/e"],
    ["//other/p", "https://a.b/c"], ["?only", "https://a.b/c?d"], ["http://1.1/"], ["http://0x7f.1/"], ["data:text/plain,hi there"], ["HTTP://A.B:80/%7Efoo/%2e%2e/x"], ["http://a.b/?q='\"<>`"], ["blob:https://a.b/id"], ["javascript:alert(1)"],
  ]) check(`URL ${text}`, parts(new URL(text, base)));
  for (const text of ["", "a", "http://", "http://a b/", "http://a:99999/", "//x", "http://[::1"]) check(`no URL ${text}`, [caught(() => new URL(text)), URL.canParse(text), URL.parse(text)]);
  const url = new URL("https://a.b/c?x=1#y");
  for (const [part, value] of [["protocol", "http"], ["host", "c.d:81"], ["hostname", "e.f"], ["port", "82"], ["port", "nope"], ["pathname", "/p q"], ["search", "a=b"], ["hash", ""], ["username", "u@"], ["password", "p:"], ["href", "https://z.y/x"]]) {
    url[part] = value;
    check(`set ${part} ${value}`, url.href);
  }
  check("bad href", caught(() => { url.href = "nope"; }));
  url.searchParams.append("k", "v v");
  check("search follows", [url.href, JSON.stringify({ url }), String(url)]);
  url.search = "?m=n&m=o";
  check("params follow", [...url.searchParams]);

  const params = new URLSearchParams("?a=1&b=2&a=3&c=%20+x&d");
  check("params", [params.get("a"), params.getAll("a"), params.has("b"), params.has("a", "9"), params.get("z"), params.size, params.get("c"), params.get("d")]);
  params.set("a", "x"); params.delete("b"); params.append("e", "ü"); params.sort();
  check("changed", params.toString());
  check("from pairs", [new URLSearchParams([["a", "1"], ["a", "2"]]).toString(), new URLSearchParams({ a: 1, b: "x y" }).toString(), new URLSearchParams(new Map([["k", "v"]])).toString()]);
  check("iterate", [[...params.keys()], [...params.values()], (() => { const seen = []; params.forEach((value, name) => seen.push(name + value)); return seen; })()]);
  check("bad pairs", caught(() => new URLSearchParams([["a"]])));

  for (const text of ["http://user:pass@sub.example.com:8080/p/a/t/h?query=string&a=b#hash", "/a/b?c=d", "//host/path", "mailto:a@b.com", "a.b/c", "http://x.y", "HTTP://USER@HOST/Path", "http://a.com:80/b c", "javascript:alert(1)", "?q=1", "#h", "", "http://a.com?x=1", "http://[::1]:3000/"]) {
    check(`parse ${text}`, legacy.parse(text));
  }
  check("parse query", [legacy.parse("/a?b=1&b=2", true).query, legacy.parse("/a", true).query, legacy.parse("//a/b", false, true).host]);
  for (const [from, to] of [["/one/two/three", "four"], ["http://example.com/", "/one"], ["http://example.com/one", "/two"], ["/a/b", "../c"], ["http://a.com/b?c", "?d"], ["http://a.com/b", "//c.com/d"], ["http://a.com/b", ""], ["mailto:a@b", "c"]]) {
    check(`resolve ${from} ${to}`, legacy.resolve(from, to));
  }
  check("format", [legacy.format({ protocol: "https", hostname: "a.b", port: 8080, pathname: "/x y", query: { a: 1, b: [2, 3] }, hash: "h" }), legacy.format({ host: "h", pathname: "p" }), legacy.format("http://a b/"), legacy.format({ pathname: "/a", search: "b=c" }), legacy.format(new URL("https://u:p@ä.b/c?d#e"), { auth: false, fragment: false, search: false, unicode: true })]);
  check("domains", [domainToASCII("español.com"), domainToASCII("xn--iñvalid.com"), domainToUnicode("xn--espaol-zwa.com")]);
  check("files", [fileURLToPath("file:///a%20b/c"), pathToFileURL("/x y#?%").href, caught(() => fileURLToPath("http://a"))]);
  check("http options", urlToHttpOptions(new URL("https://u:p@a.b:81/c?d#e")));
};
