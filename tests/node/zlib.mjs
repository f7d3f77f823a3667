// zlib.

import zlib, { crc32, createGunzip, createGzip, gunzipSync, gzipSync } from "node:zlib";
import { promisify } from "node:util";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code, error.errno]; } };
const long = "lifecycle hooks ".repeat(500);

export default async () => {
  for (const [pack, unpack] of [["gzipSync", "gunzipSync"], ["deflateSync", "inflateSync"], ["deflateRawSync", "inflateRawSync"], ["gzipSync", "unzipSync"], ["deflateSync", "unzipSync"]]) {
    const packed = zlib[pack](long);
    check(`${pack} ${unpack}`, [packed.length < 300, Buffer.isBuffer(packed), zlib[unpack](packed).toString() === long]);
  }
  check("known data", [gunzipSync(Buffer.from("H4sIAAAAAAAAA0tMSgYAwkEkNQMAAAA=", "base64")).toString(), zlib.inflateSync(Buffer.from("eJxLTEoGAAJNASc=", "base64")).toString()]);
  check("levels", [zlib.deflateSync(long, { level: 0 }).length > long.length, zlib.deflateSync(long, { level: 9 }).length < 200, caught(() => zlib.deflateSync("a", { level: 10 })).slice(0, 2)]);
  check("header", [...gzipSync("a").subarray(0, 3)]);
  check("typed arrays", [gunzipSync(new Uint8Array(gzipSync("x"))).toString(), gzipSync(new TextEncoder().encode("x").buffer).length > 0]);
  check("corrupt", [caught(() => gunzipSync("nope")), caught(() => zlib.inflateSync("nope")), caught(() => gunzipSync(gzipSync(long).subarray(0, 40)))]);
  check("too large", caught(() => gunzipSync(gzipSync(long), { maxOutputLength: 10 })).slice(0, 2));
  check("bad input", caught(() => gzipSync(5)).slice(0, 2));
  check("callback", await new Promise((resolve) => zlib.gzip("cb", (error, packed) => resolve([error, gunzipSync(packed).toString()]))));
  check("promisified", (await promisify(zlib.inflate)(await promisify(zlib.deflate)("p"))).toString());
  check("callback error", await new Promise((resolve) => zlib.gunzip(Buffer.from("nope"), (error) => resolve(error.code))));
  check("streams", await text(Readable.from([Buffer.from(long)]).pipe(createGzip()).pipe(createGunzip())) === long);
  check("stream error", await pipeline(Readable.from([Buffer.from("nope")]), createGunzip(), async (source) => { for await (const part of source) void part; }).catch((error) => error.code));
  check("crc32", [crc32("hello"), crc32(Buffer.from("world"), crc32("hello ")), crc32("")]);
  check("constants", [zlib.constants.Z_BEST_COMPRESSION, zlib.constants.Z_SYNC_FLUSH, zlib.codes.Z_DATA_ERROR]);
};
