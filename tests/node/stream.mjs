// Streams of Node and of the web.

import { Duplex, PassThrough, Readable, Stream, Transform, Writable, finished, pipeline } from "node:stream";
import * as promised from "node:stream/promises";
import { buffer, json, text } from "node:stream/consumers";
import { StringDecoder } from "node:string_decoder";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const upper = () => new Transform({ transform(chunk, encoding, done) { done(null, String(chunk).toUpperCase()); } });
const sink = (into) => new Writable({ write(chunk, encoding, done) { into.push(String(chunk)); done(); } });

export default async () => {
  check("from", await Readable.from(["a", "b"]).toArray());
  const collected = [];
  await promised.pipeline(Readable.from(["a", "b", "c"]), upper(), sink(collected));
  check("pipeline", collected);
  check("pipeline of generators", await (async () => { const parts = []; await promised.pipeline(async function* () { yield "x"; yield "y"; }, async function* (source) { for await (const part of source) yield part + part; }, sink(parts)); return parts; })());
  check("callback pipeline", await new Promise((resolve) => { const parts = []; pipeline(Readable.from(["q"]), sink(parts), (error) => resolve([error ?? null, parts])); }));
  check("failing pipeline", await promised.pipeline(new Readable({ read() { this.destroy(new Error("broken")); } }), sink([])).catch((error) => error.message));
  check("iteration", await (async () => { let joined = ""; for await (const part of Readable.from(["1", "2"]).pipe(upper())) joined += part; return joined; })());
  const reader = new Readable({ read() {} });
  reader.push("ab");
  reader.push("cd");
  reader.push(null);
  reader.setEncoding("utf8");
  check("data", await new Promise((resolve) => { const parts = []; reader.on("data", (part) => parts.push(part)); reader.on("end", () => resolve(parts.join("|"))); }));
  check("readable event", await new Promise((resolve) => { const paused = Readable.from([Buffer.from("abc")], { objectMode: false }); const parts = []; paused.on("readable", () => { let part; while ((part = paused.read()) !== null) parts.push(String(part)); }); paused.on("end", () => resolve(parts)); }));
  const writable = sink(collected);
  check("write", [writable.write("w"), writable.writableLength, writable.writableHighWaterMark, writable.writable]);
  check("finished", await new Promise((resolve) => { finished(writable, (error) => resolve([error ?? null, writable.writableFinished])); writable.end(); }));
  check("write after end", await new Promise((resolve) => { const ended = sink([]); ended.on("error", (error) => resolve(error.code)); ended.end(); ended.write("late"); }));
  const duplex = new Duplex({ read() { this.push("out"); this.push(null); }, write(chunk, encoding, done) { collected.push(`in ${chunk}`); done(); } });
  duplex.end("x");
  check("duplex", [await text(duplex), collected.at(-1)]);
  const pass = new PassThrough();
  pass.end("through");
  check("pass", await text(pass));
  check("consumers", [await json(Readable.from(['{"a":', "1}"])), (await buffer(Readable.from([Buffer.from("x")]))).length]);
  check("destroyed", await new Promise((resolve) => { const closed = new PassThrough(); closed.on("close", () => resolve([closed.destroyed])); closed.destroy(); }));
  check("error", await new Promise((resolve) => { const failing = new Transform({ transform(chunk, encoding, done) { done(new TypeError("bad")); } }); failing.on("error", (error) => resolve(error.message)); failing.write("x"); }));
  check("object mode", await new Readable({ objectMode: true, read() { this.push({ a: 1 }); this.push(null); } }).toArray());
  check("helpers", await Readable.from([1, 2, 3, 4]).filter((number) => number % 2 === 0).map((number) => number * 10).toArray());
  check("old style", (() => { function Old() { Readable.call(this); } Object.setPrototypeOf(Old.prototype, Readable.prototype); const old = new Old(); return [old instanceof Stream, old instanceof Readable, typeof old.pipe]; })());
  check("names", [Readable.name, Transform.name, Stream.Readable === Readable, Stream.name]);
  check("backpressure", await new Promise((resolve) => { const slow = new Writable({ highWaterMark: 3, write(chunk, encoding, done) { setTimeout(done, 1); } }); const first = slow.write("abcd"); slow.on("drain", () => resolve([first, "drained"])); }));
  check("aborted", await promised.pipeline(new PassThrough(), new PassThrough(), { signal: AbortSignal.abort() }).catch((error) => error.name));
  check("web to node", await text(Readable.fromWeb(new Blob(["web"]).stream())).catch((error) => error.code));

  const decoder = new StringDecoder("utf8");
  check("string decoder", [decoder.write(Buffer.from([0xe2, 0x82])), decoder.write(Buffer.from([0xac])), decoder.end(Buffer.from([0xe2])), new StringDecoder("base64").write(Buffer.from("ab")), new StringDecoder("utf16le").write(Buffer.from([97, 0, 98])), new StringDecoder().encoding]);

  const web = new ReadableStream({ start(controller) { controller.enqueue("a"); controller.enqueue("b"); controller.close(); } });
  const [left, right] = web.tee();
  const all = async (stream) => { const parts = []; for await (const part of stream) parts.push(part); return parts; };
  check("tee", [await all(left), await all(right)]);
  check("transform", await all(new ReadableStream({ start(controller) { controller.enqueue(1); controller.close(); } }).pipeThrough(new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk + 1); } }))));
  check("text", await all(new Blob(["€"]).stream().pipeThrough(new TextDecoderStream())));
  check("encoder", (await all(new ReadableStream({ start(controller) { controller.enqueue("é"); controller.close(); } }).pipeThrough(new TextEncoderStream()))).map((bytes) => [...bytes]));
  check("pipeTo", await (async () => { const parts = []; await new ReadableStream({ start(controller) { controller.enqueue(1); controller.close(); } }).pipeTo(new WritableStream({ write(chunk) { parts.push(chunk); } })); return parts; })());
  check("static from", await all(ReadableStream.from([1, 2])));
  check("cancel", await (async () => { let reason; const cancelled = new ReadableStream({ cancel(given) { reason = given; } }); await cancelled.cancel("why"); return reason; })());
};
