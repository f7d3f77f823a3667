// node:zlib. Streams collect what is written and emit the result at the end.

import { host } from "hookpoint:host";
import { absent, absentClass } from "hookpoint:absent";
import { bytesOf } from "hookpoint:encoding";
import { Buffer, coded, received } from "node:buffer";
import { Transform } from "node:stream";

export const constants = Object.freeze({
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2,
  Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6, Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, ZLIB_VERNUM: 4880,
  DEFLATE: 1, INFLATE: 2, GZIP: 3, GUNZIP: 4, DEFLATERAW: 5, INFLATERAW: 6, UNZIP: 7, BROTLI_DECODE: 8, BROTLI_ENCODE: 9, Z_MIN_WINDOWBITS: 8,
  Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity, Z_DEFAULT_CHUNK: 16384, Z_MIN_MEMLEVEL: 1,
  Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1, BROTLI_OPERATION_PROCESS: 0,
  BROTLI_OPERATION_FLUSH: 1, BROTLI_OPERATION_FINISH: 2, BROTLI_OPERATION_EMIT_METADATA: 3, BROTLI_PARAM_MODE: 0, BROTLI_MODE_GENERIC: 0,
  BROTLI_MODE_TEXT: 1, BROTLI_PARAM_QUALITY: 1, BROTLI_MIN_QUALITY: 0, BROTLI_MAX_QUALITY: 11, BROTLI_DEFAULT_QUALITY: 11, BROTLI_PARAM_LGWIN: 2,
  BROTLI_PARAM_SIZE_HINT: 5,
});
export const codes = Object.freeze({
  Z_OK: 0, Z_STREAM_END: 1, Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6,
  0: "Z_OK", 1: "Z_STREAM_END", 2: "Z_NEED_DICT", "-1": "Z_ERRNO", "-2": "Z_STREAM_ERROR", "-3": "Z_DATA_ERROR", "-4": "Z_MEM_ERROR", "-5": "Z_BUF_ERROR",
  "-6": "Z_VERSION_ERROR",
});

function input(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return bytesOf(data);
  throw coded(TypeError, "ERR_INVALID_ARG_TYPE",
    `The "buffer" argument must be of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer. ${received(data)}`);
}

function checked(options = {}) {
  const { level, dictionary } = options ?? {};
  if (level !== undefined && !(level >= -1 && level <= 9)) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "options.level" is out of range. It must be >= -1 and <= 9. Received ${level}`);
  }
  if (dictionary !== undefined) throw new Error("zlib dictionaries are not supported in the sandbox");
  return options ?? {};
}

const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
const compressing = (format) => (data, options) => asBuffer(host.compress(format, Uint8Array.from(input(data)), checked(options).level ?? -1));

function failed(reason, format, bytes) {
  if (reason === "large") return coded(RangeError, "ERR_BUFFER_TOO_LARGE", "Cannot create a Buffer larger than the limit of the sandbox or of maxOutputLength bytes");
  // The beginning of what the format would begin with.
  const isCut = format === "gzip" ? [0x1f, 0x8b, 8].every((byte, index) => index >= bytes.length || bytes[index] === byte)
    : format !== "deflate" || bytes.length < 2 || ((bytes[0] & 15) === 8 && (bytes[0] * 256 + bytes[1]) % 31 === 0);
  const [code, errno, message] = isCut && reason === "end" || bytes.length === 0
    ? ["Z_BUF_ERROR", -5, "unexpected end of file"]
    : ["Z_DATA_ERROR", -3, format === "deflateRaw" ? "invalid stored block lengths" : "incorrect header check"];
  const error = coded(Error, code, message);
  error.errno = errno;
  return error;
}

const decompressing = (format) => (data, options) => {
  const bytes = Uint8Array.from(input(data));
  const kind = typeof format === "function" ? format(bytes) : format;
  try {
    return asBuffer(host.decompress(kind, bytes, checked(options).maxOutputLength ?? Infinity));
  } catch (error) {
    throw failed(error.message, kind, bytes);
  }
};
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

export const deflateSync = compressing("deflate");
export const deflateRawSync = compressing("deflateRaw");
export const gzipSync = compressing("gzip");
export const inflateSync = decompressing("deflate");
export const inflateRawSync = decompressing("deflateRaw");
export const gunzipSync = decompressing("gzip");
export const unzipSync = decompressing((bytes) => (isGzip(bytes) ? "gzip" : "deflate"));
export const brotliDecompressSync = absent("zlib.brotliDecompressSync");

const later = (synchronous) => (data, options, callback) => {
  if (typeof options === "function") [options, callback] = [undefined, options];
  if (typeof callback !== "function") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "callback" argument must be of type function. ${received(callback)}`);
  const bytes = input(data);
  queueMicrotask(() => {
    let output;
    try {
      output = synchronous(bytes, options);
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, output);
  });
};
export const deflate = later(deflateSync);
export const deflateRaw = later(deflateRawSync);
export const gzip = later(gzipSync);
export const inflate = later(inflateSync);
export const inflateRaw = later(inflateRawSync);
export const gunzip = later(gunzipSync);
export const unzip = later(unzipSync);
export const brotliDecompress = absent("zlib.brotliDecompress");
export const brotliCompress = absent("zlib.brotliCompress");
export const brotliCompressSync = absent("zlib.brotliCompressSync");
export const createBrotliCompress = absent("zlib.createBrotliCompress");

function collecting(name, synchronous) {
  const Collecting = { [name]: function (options) {
    if (!(this instanceof Collecting)) return new Collecting(options);
    Transform.call(this, options);
    this.bytesWritten = 0;
    const parts = [];
    checked(options);
    this._transform = (chunk, encoding, done) => {
      parts.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      this.bytesWritten += chunk.length;
      done();
    };
    this._flush = (done) => {
      try {
        const output = synchronous(Buffer.concat(parts), options);
        if (output.length > 0) this.push(output);
      } catch (error) {
        done(error);
        return;
      }
      done();
    };
  } }[name];
  Object.setPrototypeOf(Collecting.prototype, Transform.prototype);
  Object.setPrototypeOf(Collecting, Transform);
  // Nothing is held back by a window: what was written comes out at the end.
  Collecting.prototype.flush = function (kind, callback) { (typeof kind === "function" ? kind : callback)?.(); };
  Collecting.prototype.close = function (callback) { this.destroy(); callback?.(); };
  Collecting.prototype.params = absent(`zlib.${name}.params`);
  return Collecting;
}
export const Deflate = collecting("Deflate", deflateSync);
export const DeflateRaw = collecting("DeflateRaw", deflateRawSync);
export const Gzip = collecting("Gzip", gzipSync);
export const Inflate = collecting("Inflate", inflateSync);
export const InflateRaw = collecting("InflateRaw", inflateRawSync);
export const Gunzip = collecting("Gunzip", gunzipSync);
export const Unzip = collecting("Unzip", unzipSync);
export const BrotliDecompress = absentClass("zlib.BrotliDecompress");
export const BrotliCompress = absentClass("zlib.BrotliCompress");
export const createDeflate = (options) => new Deflate(options);
export const createDeflateRaw = (options) => new DeflateRaw(options);
export const createGzip = (options) => new Gzip(options);
export const createInflate = (options) => new Inflate(options);
export const createInflateRaw = (options) => new InflateRaw(options);
export const createGunzip = (options) => new Gunzip(options);
export const createUnzip = (options) => new Unzip(options);
export const createBrotliDecompress = absent("zlib.createBrotliDecompress");
export const crc32 = (data, start = 0) => host.crc32(Uint8Array.from(input(data)), start);

export default {
  ...constants, constants, codes, crc32, deflate, deflateSync, deflateRaw, deflateRawSync, gzip, gzipSync, inflate, inflateSync, inflateRaw,
  inflateRawSync, gunzip, gunzipSync, unzip, unzipSync, brotliCompress, brotliCompressSync, brotliDecompress, brotliDecompressSync, Deflate,
  DeflateRaw, Gzip, Inflate, InflateRaw, Gunzip, Unzip, BrotliCompress, BrotliDecompress, createBrotliCompress, createBrotliDecompress,
  createDeflate, createDeflateRaw, createGzip, createInflate, createInflateRaw, createGunzip, createUnzip,
};
