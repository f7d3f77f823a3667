// node:stream/consumers.

import { Blob } from "hookpoint:blob";
import { Buffer } from "node:buffer";

export async function buffer(stream) {
  const parts = [];
  for await (const part of stream) parts.push(typeof part === "string" ? Buffer.from(part) : Buffer.from(part));
  return Buffer.concat(parts);
}
export async function arrayBuffer(stream) {
  const bytes = await buffer(stream);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}
export async function blob(stream) { return new Blob([await buffer(stream)]); }
export async function text(stream) { return new TextDecoder().decode(await buffer(stream)); }
export async function json(stream) { return JSON.parse(await text(stream)); }
export default { arrayBuffer, blob, buffer, json, text };
