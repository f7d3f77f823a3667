// Request and Response, from the text of the Fetch Standard: methods, statuses and bodies of the two constructors.

let total = 0;
/** Prints what differs. `got` is a value, or what computes it. */
const report = (name, expected, got) => {
  total++;
  const value = typeof got === "function" ? caught(got) : got;
  if (JSON.stringify(value) !== JSON.stringify(expected)) console.log(JSON.stringify([name, value]));
};
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };
const rejected = (promise) => promise.then((value) => value, (error) => error.name);
const URL_ = "https://a.example/b?c#d";

export default async () => {
  // "normalize": six methods in upper case, all others as they are. "forbidden method".
  for (const [method, normal] of [["get", "GET"], ["Post", "POST"], ["put", "PUT"], ["delete", "DELETE"], ["head", "HEAD"], ["options", "OPTIONS"], ["patch", "patch"], ["PATCH", "PATCH"], ["Report", "Report"], ["x-y!", "x-y!"], [undefined, "GET"]]) {
    report(`method ${method}`, normal, () => new Request(URL_, { method }).method);
  }
  for (const method of ["", "A B", "A\n", "ä", "A:", "(A)", "{}", "CONNECT", "connect", "TRACE", "trace", "TRACK", "Track"]) report(`no method ${JSON.stringify(method)}`, "TypeError", () => new Request(URL_, { method }).method);
  for (const method of ["GET", "HEAD", "get"]) report(`${method} with a body`, "TypeError", () => new Request(URL_, { method, body: "x" }).method);

  report("url", URL_, () => new Request(URL_).url);
  report("url of an object", URL_, () => new Request(new URL(URL_)).url);
  for (const url of ["", "/path", "nope", "https://", "https://user@a.example/", "https://user:pw@a.example/"]) report(`no url ${JSON.stringify(url)}`, "TypeError", () => new Request(url).url);
  report("without arguments", ["TypeError", "TypeError"], () => [caught(() => new Request()), caught(() => Request(URL_))]);
  report("defaults", ["GET", "follow", false, true], () => { const { method, redirect, bodyUsed, body } = new Request(URL_); return [method, redirect, bodyUsed, body === null]; });
  report("redirect", ["error", "manual", "TypeError"], () => ["error", "manual", "never"].map((redirect) => caught(() => new Request(URL_, { redirect }).redirect)));
  report("of a request", ["PUT", URL_, "1", "y"], await (async () => { const request = new Request(new Request(URL_, { method: "PUT", headers: { a: "1" }, body: "y" })); return [request.method, request.url, request.headers.get("a"), await request.text()]; })());
  report("of a request, changed", ["POST", null, "z"], await (async () => { const request = new Request(new Request(URL_, { method: "PUT", headers: { a: "1" }, body: "y" }), { method: "POST", headers: {}, body: "z" }); return [request.method, request.headers.get("a"), await request.text()]; })());
  report("of a used request", "TypeError", await (async () => { const request = new Request(URL_, { method: "PUT", body: "y" }); await request.text(); return caught(() => new Request(request).url); })());
  report("that takes the body", [true, false], () => { const first = new Request(URL_, { method: "PUT", body: "y" }); const second = new Request(first); return [first.bodyUsed, second.bodyUsed]; });
  report("clone", ["y", "y", "TypeError"], await (async () => { const request = new Request(URL_, { method: "PUT", body: "y" }); const copy = request.clone(); return [await request.text(), await copy.text(), caught(() => request.clone().url)]; })());
  report("attributes cannot be set", ["GET", URL_], () => { const request = new Request(URL_); for (const name of ["method", "url"]) { try { request[name] = "x"; } catch { /* In strict code. */ } } return [request.method, request.url]; });
  report("tags", ["[object Request]", "[object Response]"], () => [String(new Request(URL_)), String(new Response())]);

  // "initialize a response".
  for (const status of [200, 201, 299, 404, 500, 599]) report(`status ${status}`, [status, status < 300], () => { const response = new Response("", { status }); return [response.status, response.ok]; });
  for (const status of [0, 99, 100, 101, 199, 600, 1000, -1, NaN, "x"]) report(`no status ${status}`, "RangeError", () => new Response("", { status }).status);
  for (const status of [204, 205, 304]) {
    report(`${status} with a body`, "TypeError", () => new Response("", { status }).status);
    report(`${status} without a body`, [status, true], () => { const response = new Response(null, { status }); return [response.status, response.body === null]; });
  }
  for (const statusText of ["a\n", "\0", "€"]) report(`no status text ${JSON.stringify(statusText)}`, "TypeError", () => new Response("", { statusText }).statusText);
  report("defaults of a response", [200, "", true, "default", "", false, true], () => { const { status, statusText, ok, type, url, redirected, body } = new Response(); return [status, statusText, ok, type, url, redirected, body === null]; });
  report("error", ["error", 0, "", false], () => { const { type, status, statusText, ok } = Response.error(); return [type, status, statusText, ok]; });
  for (const status of [301, 302, 303, 307, 308]) report(`redirect ${status}`, [status, "https://a.example/"], () => { const response = Response.redirect("https://a.example", status); return [response.status, response.headers.get("location")]; });
  for (const status of [200, 300, 304, 309, 400]) report(`no redirect ${status}`, "RangeError", () => Response.redirect("https://a.example", status).status);
  report("no redirect to nowhere", "TypeError", () => Response.redirect("nope").status);
  report("json", [201, "application/json", '{"a":1}'], await (async () => { const response = Response.json({ a: 1 }, { status: 201 }); return [response.status, response.headers.get("content-type"), await response.text()]; })());
  for (const [name, data] of [["undefined", undefined], ["a symbol", Symbol()], ["a function", () => {}]]) report(`no json of ${name}`, "TypeError", () => Response.json(data).status);
  report("no json with 204", "TypeError", () => Response.json({}, { status: 204 }).status);

  // "consume body".
  const bodies = [["text", "aä"], ["bytes", new Uint8Array([0x61, 0xc3, 0xa4])], ["a buffer", new Uint8Array([0x61, 0xc3, 0xa4]).buffer], ["a view", new DataView(new Uint8Array([0, 0x61, 0xc3, 0xa4]).buffer, 1)], ["a Blob", new Blob(["aä"])]];
  for (const [name, body] of bodies) report(`body of ${name}`, "aä", await rejected(new Response(body).text()));
  report("parameters", "a=%C3%A4", await new Response(new URLSearchParams({ a: "ä" })).text());
  report("anything else is text", ["12", "null", "[object Object]"], await Promise.all([12, "null", {}].map((body) => new Response(body).text())));
  report("a stream", "ab", await rejected(new Response(new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array([0x61])); controller.enqueue(new Uint8Array([0x62])); controller.close(); } })).text()));
  report("a stream of text", "TypeError", await rejected(new Response(new ReadableStream({ start(controller) { controller.enqueue("a"); controller.close(); } })).text()));
  report("forms", [["a", "ä"], ["b", "c.txt", "text/plain", "d"]], await (async () => { const form = new FormData(); form.append("a", "ä"); form.append("b", new File(["d"], "c.txt", { type: "text/plain" })); const read = await new Response(form).formData(); const file = read.get("b"); return [["a", read.get("a")], ["b", file.name, file.type, await file.text()]]; })());
  report("a form of parameters", ["1", "x y"], await (async () => { const read = await new Response("a=1&b=x+y", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData(); return [read.get("a"), read.get("b")]; })());
  report("no form", "TypeError", await rejected(new Response("a=1").formData()));
  report("bom", ["a", "a"], [await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])).text(), await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x22, 0x61, 0x22])).json()]);
  report("bad text", "\ufffd", await new Response(new Uint8Array([0xff])).text());
  report("bad json", "SyntaxError", await rejected(new Response("{").json()));
  report("no body", ["", 0, 0, "SyntaxError"], [await new Response().text(), (await new Response().arrayBuffer()).byteLength, (await new Response().blob()).size, await rejected(new Response().json())]);
  report("type of a blob", ["image/png", "text/plain;charset=utf-8"], [(await new Response("x", { headers: { "content-type": "image/png" } }).blob()).type, (await new Response("x").blob()).type]);
  report("used", [false, true, "TypeError", "TypeError"], await (async () => { const response = new Response("x"); const before = response.bodyUsed; await response.text(); return [before, response.bodyUsed, await rejected(response.text()), caught(() => response.clone().status)]; })());
  report("used through its stream", [true, "TypeError"], await (async () => { const response = new Response("x"); await response.body.getReader().read(); return [response.bodyUsed, await rejected(response.text())]; })());
  report("locked", [false, "TypeError"], await (async () => { const response = new Response("x"); response.body.getReader(); return [response.bodyUsed, await rejected(response.text())]; })());
  console.log(total);
};
