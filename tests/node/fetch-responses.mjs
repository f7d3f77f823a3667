// What fetch gives back, and how it ends.

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = async (call) => { try { return await call(); } catch (error) { return error.name; } };

export default async ({ context: { server } }) => {
  check("missing", await fetch(`${server}/missing`).then(async (missing) => [missing.status, missing.ok, await missing.text()]));
  check("redirect", await fetch(`${server}/redirect`).then(async (followed) => [followed.status, followed.redirected, new URL(followed.url).pathname, (await followed.json()).url]));
  check("manual", await fetch(`${server}/redirect`, { redirect: "manual" }).then((manual) => [manual.status, manual.headers.get("location")]));
  check("error", await caught(() => fetch(`${server}/redirect`, { redirect: "error" })));
  check("empty", await fetch(`${server}/empty`).then(async (empty) => [empty.status, empty.body, await empty.text()]));
  check("cookies", (await fetch(`${server}/cookies`)).headers.getSetCookie());
  check("gzip", await (await fetch(`${server}/gzip`)).text());
  check("array buffer", (await (await fetch(`${server}/bytes`)).arrayBuffer()).byteLength);
  check("response blob", await fetch(`${server}/bytes`).then((each) => each.blob()).then((blob) => [blob.size, blob.type, blob instanceof Blob]));
  check("body stream", await fetch(`${server}/bytes`).then(async (streamed) => {
    let length = 0;
    const { body } = streamed;
    for await (const part of body) length += part.length;
    return [body instanceof ReadableStream, length, streamed.bodyUsed];
  }));
  check("reader", await fetch(`${server}/gzip`).then(async (streamed) => {
    const reader = streamed.body.getReader();
    const { value, done } = await reader.read();
    return [value instanceof Uint8Array, new TextDecoder().decode(value), done, (await reader.read()).done, streamed.body.locked];
  }));
  check("abort before", await caught(() => fetch(server, { signal: AbortSignal.abort() })));
  check("abort reason", await fetch(server, { signal: AbortSignal.abort(new RangeError("mine")) }).catch((error) => [error.name, error.message]));
  check("abort later", await caught(() => { const controller = new AbortController(); setTimeout(() => controller.abort(), 5); return fetch(`${server}/never`, { signal: controller.signal }); }));
  check("timeout", await caught(() => fetch(`${server}/never`, { signal: AbortSignal.timeout(10) })));
  check("bad arguments", [await caught(() => fetch("nope")), await caught(() => fetch(server, { body: "x" })), await caught(() => fetch(server, { method: "a b" })), await caught(() => fetch("http://a:b@c/"))]);
};
