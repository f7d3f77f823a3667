// The Streams Standard: the `web-streams-polyfill` package, and the streams that turn text into bytes and back.

import { TextDecoder, TextEncoder } from "hookpoint:encoding";
import base from "package:web_streams";

class TextEncoderStream extends base.TransformStream {
  constructor() {
    const encoder = new TextEncoder();
    let half = "";
    super({
      transform(chunk, controller) {
        let text = half + String(chunk);
        half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : "";
        if (half) text = text.slice(0, -1);
        if (text) controller.enqueue(encoder.encode(text));
      },
      flush(controller) { if (half) controller.enqueue(encoder.encode(half)); },
    });
  }
  get encoding() { return "utf-8"; }
}

class TextDecoderStream extends base.TransformStream {
  #decoder;
  constructor(label, options) {
    const decoder = new TextDecoder(label, options);
    super({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    });
    this.#decoder = decoder;
  }
  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
}

const absent = (name) => ({ [name]: class { constructor() { throw new Error(`${name} is not supported in the sandbox`); } } })[name];

export const webStreams = {
  ...base, TextDecoderStream, TextEncoderStream,
  CompressionStream: absent("CompressionStream"), DecompressionStream: absent("DecompressionStream"),
};
export const { ReadableStream, TransformStream, WritableStream } = webStreams;
