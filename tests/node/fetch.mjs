// fetch, Request, Response, Headers, FormData, Blob.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = async (call) => { try { return await call(); } catch (error) { return error.name; } };

export default async ({ context: { server } }) => {
  const response = await fetch(`${server}/echo?a=b`, { headers: { "X-One": "1" } });
  check("get", [response.status, response.ok, response.url === `${server}/echo?a=b`, response.redirected, response.headers.get("X-Served-By"), response.type, response.bodyUsed]);
  check("json", await response.json());
  check("used", [response.bodyUsed, await caught(() => response.text())]);
  check("post", await (await fetch(`${server}/p`, { method: "post", body: JSON.stringify({ ü: 1 }) })).json());
  check("form", await (await fetch(`${server}/p`, { method: "POST", body: new URLSearchParams({ a: "1 2" }) })).json());
  check("bytes", await (await fetch(`${server}/p`, { method: "PUT", body: new Uint8Array([65, 66]) })).json());
  check("blob", await (await fetch(`${server}/p`, { method: "POST", body: new Blob(["x", "y"], { type: "text/Plain" }) })).json());
  check("stream", await (await fetch(`${server}/p`, { method: "POST", duplex: "half", body: new ReadableStream({ start(controller) { controller.enqueue(new TextEncoder().encode("streamed")); controller.close(); } }) })).json());
  check("stream without duplex", await caught(() => fetch(`${server}/p`, { method: "POST", body: new ReadableStream() })));
  const form = new FormData();
  form.append("a", "1");
  form.append("a", "2");
  form.append("f", new Blob(["file"], { type: "text/plain" }), "f.txt");
  const multipart = await (await fetch(`${server}/p`, { method: "POST", body: form })).json();
  check("multipart", [multipart.headers["content-type"].split(";")[0], multipart.body.includes('name="f"; filename="f.txt"'), multipart.body.includes("Content-Type: text/plain")]);

  const request = new Request(`${server}/x`, { method: "post", body: "text", headers: [["A", "1"], ["a", "2"]] });
  check("request", [request.method, request.url === `${server}/x`, [...request.headers], request.redirect, request.signal instanceof AbortSignal, request.duplex, request.mode, request.credentials]);
  const copy = request.clone();
  check("clone", [await copy.text(), request.bodyUsed, await request.text()]);
  const again = new Request(new Request(server, { method: "POST", body: "moved" }), { headers: { b: "c" } });
  check("from a request", [again.method, await again.text(), [...again.headers]]);
  check("bad requests", [await caught(() => new Request("/relative")), await caught(() => new Request(server, { method: "GET", body: "x" })), await caught(() => new Request(server, { redirect: "x" }))]);

  check("response", await (async () => { const made = new Response("text", { status: 201, statusText: "Made", headers: { x: "y" } }); return [made.status, made.statusText, made.ok, made.type, made.url, [...made.headers], await made.text()]; })());
  check("response json", await (async () => { const made = Response.json({ a: 1 }); return [made.headers.get("content-type"), await made.json()]; })());
  check("response of null", await (async () => { const made = new Response(null); return [made.body, await made.text(), made.bodyUsed]; })());
  check("response of nothing", await new Response().arrayBuffer().then((bytes) => bytes.byteLength));
  check("response redirect", (() => { const made = Response.redirect("https://a.b/c", 303); return [made.status, made.headers.get("location")]; })());
  check("response error", (() => { const made = Response.error(); return [made.status, made.type]; })());
  check("bad responses", [await caught(() => new Response("", { status: 99 })), await caught(() => new Response("x", { status: 204 })), await caught(() => Response.redirect("/x", 200))]);
  check("response clone", await (async () => { const made = new Response("twice"); const other = made.clone(); return [await made.text(), await other.text()]; })());
  check("clone of a stream", await (async () => { const made = new Response(new Blob(["streamed"]).stream()); const other = made.clone(); return [await made.text(), await other.text()]; })());
  check("form of a response", await (async () => { const parsed = await new Response(form).formData(); return [parsed.getAll("a"), parsed.get("f").name, parsed.get("f").type, await parsed.get("f").text()]; })());
  check("form of text", await (async () => [...await new Response("a=1&b=%C3%BC", { headers: { "content-type": "application/x-www-form-urlencoded" } }).formData()])());
  check("no form", await caught(() => new Response("x").formData()));
  check("bytes of a response", [...await new Response("ab").bytes()]);

  const headers = new Headers({ b: "1", A: " 2 " });
  headers.append("b", "3");
  headers.append("Set-Cookie", "x=1");
  headers.append("Set-Cookie", "y=2");
  check("headers", [[...headers], headers.get("B"), headers.has("a"), headers.getSetCookie(), headers.get("none"), [...headers.keys()], [...headers.values()]]);
  headers.set("b", "4");
  headers.delete("a");
  check("changed headers", [...headers.entries()]);
  check("bad headers", [await caught(() => new Headers({ "a b": "1" })), await caught(() => headers.append("a", "x\ny")), await caught(() => new Headers([["a"]])), await caught(() => new Headers("a"))]);
  check("headers of headers", [...new Headers(new Headers({ q: "r" }))]);

  const data = new FormData();
  data.append("n", "v");
  data.append("n", 2);
  data.set("m", new File(["abc"], "a.txt", { type: "text/css", lastModified: 5 }));
  check("form data", [data.get("n"), data.getAll("n"), data.has("m"), data.get("m").name, data.get("m").size, data.get("m").lastModified, [...data.keys()], data.get("none")]);
  data.set("n", "one");
  data.delete("m");
  check("changed form", [...data]);
  check("bad form", [await caught(() => data.append("a")), await caught(() => data.append("a", "b", "c"))]);

  const blob = new Blob(["ab", new Uint8Array([99]), new Blob(["d"])], { type: "TEXT/plain" });
  check("blob parts", [blob.size, blob.type, await blob.text(), await blob.slice(1, -1).text(), blob.slice(0, 1, "a/b").type, (await blob.arrayBuffer()).byteLength]);
  check("blob stream", await (async () => { const parts = []; for await (const part of blob.stream()) parts.push(...part); return parts; })());
  check("bad blob", await caught(() => new Blob("text")));

  const joined = AbortSignal.any([AbortSignal.abort("first"), new AbortController().signal]);
  check("any", [joined.aborted, joined.reason]);
  const controller = new AbortController();
  const any = AbortSignal.any([controller.signal]);
  const heard = [];
  any.addEventListener("abort", (event) => heard.push(event.type, event.target === any));
  any.onabort = () => heard.push("property");
  controller.abort();
  check("any later", [any.aborted, any.reason.name, heard]);
  check("throwIfAborted", await caught(() => any.throwIfAborted()));
};
