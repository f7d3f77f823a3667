// Bodies of requests and responses.

import { Blob, content } from "hookpoint:blob";
import { bytesOf, utf8 } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import { URLSearchParams } from "hookpoint:url";

export const none = new Uint8Array(0);
const forms = () => host.builtIn("hookpoint:form_data");
const streams = () => host.builtIn("hookpoint:web_streams").webStreams;

/** What was given for a body: bytes or a stream, with the content type that it implies. */
function extract(body) {
  if (typeof body === "string") return { bytes: utf8(body), type: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return { bytes: utf8(body.toString()), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (body instanceof Blob) return { bytes: content(body), type: body.type || null };
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return { bytes: bytesOf(body).slice(), type: null };
  if (typeof body === "object" && typeof body.getReader === "function") {
    if (body.locked || body._disturbed) throw new TypeError("Response body object should not be disturbed or locked");
    return { stream: body, type: null };
  }
  if (typeof body === "object" && typeof body[Symbol.asyncIterator] === "function") {
    const chunks = async function* () { for await (const chunk of body) yield typeof chunk === "string" ? utf8(chunk) : bytesOf(chunk); };
    return { stream: streams().ReadableStream.from(chunks()), type: null };
  }
  if (typeof body === "object" && body instanceof forms().FormData) return forms().encodeForm(body);
  return { bytes: utf8(body), type: "text/plain;charset=UTF-8" };
}

async function collect(stream) {
  const parts = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) throw new TypeError("Received non-Uint8Array chunk");
    parts.push(value);
    length += value.length;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

const read = () => new TypeError("Body is unusable: Body has already been read");

export class Body {
  #bytes = none;
  #present = false;
  #used = false;
  #stream = null;
  /** Gives a body what was passed for it; returns the content type that follows. */
  static fill(target, given) {
    if (given == null) return null;
    const { bytes, stream = null, type } = extract(given);
    target.#bytes = bytes ?? none;
    target.#stream = stream;
    target.#present = true;
    return type;
  }
  /** The bytes that came from the host. */
  static receive(target, bytes, present) {
    target.#bytes = bytes;
    target.#present = present;
  }
  /** What is in a body, for another one; the body is used then. Bytes at once, or a promise of them. */
  static take(target) {
    if (!target.#present) return none;
    if (target.bodyUsed || target.#stream?.locked) throw read();
    target.#used = true;
    return target.#stream && target.#bytes === none ? collect(target.#stream) : target.#bytes;
  }
  /** Has another body hold the same. */
  static share(source, target) {
    if (source.bodyUsed || source.#stream?.locked) throw read();
    target.#present = source.#present;
    if (source.#stream && source.#bytes === none) [source.#stream, target.#stream] = source.#stream.tee();
    else target.#bytes = source.#bytes;
  }
  static isPresent(target) { return target.#present; }
  static isStream(target) { return target.#stream !== null && target.#bytes === none; }
  get bodyUsed() { return this.#used || Boolean(this.#stream?._disturbed); }
  get body() {
    if (!this.#present) return null;
    const bytes = this.#bytes;
    this.#stream ??= new (streams().ReadableStream)({
      type: "bytes",
      pull(controller) {
        if (bytes.length > 0) controller.enqueue(bytes.slice());
        controller.close();
        controller.byobRequest?.respond(0);
      },
    }, { highWaterMark: 0 });
    return this.#stream;
  }
  async arrayBuffer() { return (await take(this)).slice().buffer; }
  async bytes() { return (await take(this)).slice(); }
  async text() { return new TextDecoder().decode(await take(this)); }
  // Without a stream, parsed in the call: the error's stack trace then names the caller.
  async json() {
    const bytes = take(this);
    return JSON.parse(new TextDecoder().decode(bytes instanceof Uint8Array ? bytes : await bytes));
  }
  async blob() { return new Blob([await take(this)], { type: this.headers.get("content-type") ?? "" }); }
  async formData() {
    const type = this.headers.get("content-type");
    return forms().decodeForm(await take(this), type);
  }
}
export const { fill, isPresent, isStream, receive, share, take } = Body;
for (const name of ["fill", "isPresent", "isStream", "receive", "share", "take"]) delete Body[name];
