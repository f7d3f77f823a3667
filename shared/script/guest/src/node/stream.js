// node:stream: the `readable-stream` package.

import { absent } from "hookpoint:absent";
import base from "package:streams";

// As in Node 22.
base.setDefaultHighWaterMark(false, 65536);

/** The readable side of a web stream as a stream of Node. */
base.Readable.fromWeb = (web, options) => {
  const reader = web.getReader();
  return new base.Readable({
    objectMode: false,
    ...options,
    async read() {
      try {
        const { value, done } = await reader.read();
        this.push(done ? null : value);
      } catch (error) {
        this.destroy(error);
      }
    },
    destroy(error, done) { reader.cancel(error).then(() => done(error), () => done(error)); },
  });
};

base.Readable.toWeb = (stream) => {
  const parts = stream[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? value : new Uint8Array(value.buffer, value.byteOffset, value.length));
    },
    async cancel(reason) { stream.destroy(reason); },
  }, { highWaterMark: 0 });
};

base.Writable.fromWeb = (web, options) => {
  const writer = web.getWriter();
  return new base.Writable({
    ...options,
    write(chunk, encoding, done) { writer.write(chunk).then(() => done(), done); },
    final(done) { writer.close().then(() => done(), done); },
    destroy(error, done) { (error ? writer.abort(error) : Promise.resolve()).then(() => done(error), () => done(error)); },
  });
};

base.Writable.toWeb = (stream) => new WritableStream({
  write(chunk) { return new Promise((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve()))); },
  close() { return new Promise((resolve) => stream.end(resolve)); },
  abort(reason) { stream.destroy(reason); },
});
for (const name of ["fromWeb", "toWeb"]) base.Duplex[name] = absent(`stream.Duplex.${name}`);

const Stream = base.Stream ?? base;
export const {
  Duplex, PassThrough, Readable, Transform, Writable, addAbortSignal, compose, destroy, finished, pipeline, promises,
} = base;
export const { isDisturbed, isErrored, isReadable } = base;
export const { getDefaultHighWaterMark, setDefaultHighWaterMark } = base;
export { Stream };
export default base;
