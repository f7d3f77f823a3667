// What classes of the Web refuse, and how they are iterated.

import { createHash, createHmac, createSign, getHashes, hash } from "node:crypto";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };
const said = (call) => { try { return call(); } catch (error) { return `${error.name} ${error.code} ${error.message}`; } };

export default async ({ context }) => {
  // Arguments that are missing or of another kind.
  for (const call of [atob, btoa, () => new URL(), () => URL.canParse(), () => URL.parse(), () => new Event(), () => new EventTarget().addEventListener("a"), () => new EventTarget().dispatchEvent()]) check("missing", said(() => call()));
  for (const method of ["append", "delete", "get", "getAll", "has", "set"]) check(`URLSearchParams.${method}`, said(() => new URLSearchParams("a")[method]()));
  for (const method of ["append", "delete", "get", "has", "set"]) check(`Headers.${method}`, said(() => new Headers({ a: "1" })[method]()));
  for (const method of ["append", "delete", "get", "getAll", "has", "set"]) check(`FormData.${method}`, said(() => new FormData()[method]()));
  check("one of two", ["append", "set"].map((method) => [said(() => new Headers()[method]("a")), said(() => new FormData()[method]("a")), said(() => new URLSearchParams()[method]("a"))]));
  check("missing in fetch", [said(() => Response.json()), said(() => new Request()), said(() => Response.json(undefined))]);
  for (const value of [-1, NaN, Infinity, 1.5, 2 ** 32, "5", null, undefined, {}, 5n]) check(`timeout ${String(value)}`, said(() => AbortSignal.timeout(value)));
  for (const value of [[null], ["a"], [{}]]) check(`any of ${JSON.stringify(value)}`, said(() => AbortSignal.any(value)));
  check("listeners", ["b", 5].map((listener) => said(() => new EventTarget().addEventListener("a", listener))));
  check("signals of listeners", [null, {}, 1].map((signal) => said(() => new EventTarget().addEventListener("a", () => {}, { signal }))));
  check("no event", said(() => new EventTarget().dispatchEvent({ type: "a" })));
  check("encodeInto", [said(() => new TextEncoder().encodeInto("a", new Uint16Array(1))), said(() => new TextEncoder().encodeInto(1, new Uint8Array(1))), new TextEncoder().encodeInto("ab", Buffer.alloc(1))]);
  check("no text", [Symbol("s")].map((symbol) => [() => btoa(symbol), () => new TextEncoder().encode(symbol), () => new URLSearchParams({ [symbol]: 1 }), () => new Headers([["a", symbol]])].map((call) => caught(call))));
  check("functions as records", String(new URLSearchParams(Object.assign(() => {}, { a: 1 }))));

  // Iteration.
  for (const Class of [Headers, URLSearchParams, FormData]) {
    const { prototype } = Class;
    const list = new Class();
    list.append("a", "1");
    list.append("b", "2");
    const iterator = list.keys();
    check(`${Class.name} iterators`, [prototype.entries === prototype[Symbol.iterator], prototype.entries.name, String(iterator), iterator[Symbol.iterator]() === iterator, iterator.next(), iterator.next(), iterator.next(), [prototype.forEach.length, prototype.entries.length]]);
    check(`${Class.name} while it changes`, (() => { const seen = []; for (const [name] of list) { seen.push(name); list.delete("b"); if (seen.length < 4) list.append(`c${seen.length}`, ""); } return seen; })());
    check(`${Class.name} pairs are copies`, (() => { for (const pair of list) pair[1] = "x"; return list.get("a"); })());
    check(`${Class.name} of another`, [caught(() => prototype.entries.call({}))[0], caught(() => iterator.next.call({}))[0], caught(() => list.forEach({}))[0]]);
  }

  // Events.
  check("capture", (() => { const target = new EventTarget(); const seen = []; const listener = () => seen.push("x"); target.addEventListener("a", listener, true); target.addEventListener("a", listener); target.addEventListener("a", listener, { capture: true }); target.dispatchEvent(new Event("a")); target.removeEventListener("a", listener); target.dispatchEvent(new Event("a")); return seen.length; })());
  check("removed meanwhile", (() => { const target = new EventTarget(); const seen = []; const second = () => seen.push(2); target.addEventListener("a", () => { seen.push(1); target.removeEventListener("a", second); target.addEventListener("a", () => seen.push(3)); }); target.addEventListener("a", second); target.dispatchEvent(new Event("a")); return seen; })());
  check("dispatched twice at once", (() => { const target = new EventTarget(); const event = new Event("a"); let result; target.addEventListener("a", () => { result = caught(() => target.dispatchEvent(event)); }); target.dispatchEvent(event); return [result, event.currentTarget, event.target === target, target.dispatchEvent(event)]; })());
  check("types are texts", (() => { const target = new EventTarget(); let count = 0; target.addEventListener(1, () => count++); target.addEventListener("1", {}); target.dispatchEvent(new Event("1")); return count; })());
  check("isTrusted", (() => { const event = new Event("a", null); let own; const { signal } = Object.assign(new AbortController(), {}); signal.onabort = ({ isTrusted }) => { own = isTrusted; }; signal.dispatchEvent(new Event("abort")); return [event.isTrusted, own, "isTrusted" in event, caught(() => { event.type = "b"; })[0], event.type]; })());
  check("onabort, removed and set", (() => { const controller = new AbortController(); const seen = []; controller.signal.onabort = () => seen.push("a"); controller.signal.addEventListener("abort", () => seen.push("b")); controller.signal.onabort = null; controller.signal.onabort = () => seen.push("c"); controller.abort(); return seen; })());
  check("the signal of a request", (() => { const controller = new AbortController(); const { signal } = new Request("https://a.example/", { signal: controller.signal }); const before = signal.aborted; controller.abort("why"); return [signal === controller.signal, before, signal.aborted, signal.reason]; })());

  // Requests and responses.
  const response = await fetch(`${context.server}/echo`);
  check("headers of a response", [caught(() => response.headers.set("a", "b"))[0], caught(() => response.clone().headers.append("a", "b"))[0], caught(() => response.headers.delete("content-type"))[0], response.headers.get("x-served-by")]);
  check("a copy of them", (() => { const headers = new Headers(response.headers); headers.set("a", "b"); return [headers.get("a"), new Response("", response).headers.get("x-served-by")]; })());
  check("an error, copied", (() => { const { type, status, headers } = Response.error().clone(); return [type, status, caught(() => headers.set("a", "b"))[0]]; })());
  check("attributes", (() => { const request = new Request("https://a.example/"); const own = new Response(); return [caught(() => { request.method = "POST"; })[0], caught(() => { own.status = 5; })[0], request.method, own.status]; })());
  check("null for options", [new Request("https://a.example/", null).method, new Response("", null).status, caught(() => new Response("", { headers: null }))[0], caught(() => new Request("https://a.example/", { headers: null }))[0], new Request("https://a.example/", { method: null }).method]);
  check("methods", await Promise.all(["patch", "PATCH", "report", "Put"].map(async (method) => (await (await fetch(`${context.server}/echo`, { method })).json()).method)));
  check("status texts", ["a\tb \xe9", "", "\x7f", "a\r"].map((statusText) => said(() => new Response("", { statusText }).statusText)));
  check("a body that iterates", [await new Response((async function* parts() { yield "a€"; yield Buffer.from("b"); })()).text()]);
  for (const chunk of ["a", new ArrayBuffer(1), new Uint16Array(1), 5]) check(`a stream of ${typeof chunk}`, await new Response(new ReadableStream({ start(controller) { controller.enqueue(chunk); controller.close(); } })).text().catch((error) => error.name));

  // Digests that are nobody's.
  check("no digest", [said(() => createHash("nope")), said(() => createHmac("nope", "k")), said(() => createSign("nope")), said(() => hash("nope", ""))]);
  check("all digests", getHashes().filter((name) => /^(?:RSA-)?(?:MD5|SHA\d+)$/i.test(name)).map((name) => createHash(name).update("a").digest("hex").slice(0, 8)).length > 0);
  check("swaps", [16, 32, 64].map((bits) => [said(() => Buffer.from([1])[`swap${bits}`]()), Buffer.from("abcdefgh")[`swap${bits}`]().toString(), Buffer.alloc(0)[`swap${bits}`]().length]));
};
