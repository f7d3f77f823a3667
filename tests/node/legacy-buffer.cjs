// Code of older days: `safe-buffer`, `buffer-from`, subclasses.

const buffer = require("buffer");
const { Buffer } = buffer;
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);

module.exports = () => {
  const safe = Buffer.from && Buffer.alloc && Buffer.allocUnsafe && Buffer.allocUnsafeSlow;
  check("safe-buffer uses it", Boolean(safe));
  check("exports", ["Buffer", "SlowBuffer", "INSPECT_MAX_BYTES", "kMaxLength", "kStringMaxLength", "constants", "Blob", "File", "atob", "btoa", "isUtf8", "isAscii", "transcode"].filter((name) => !(name in buffer)));
  function SafeBuffer(arg, encodingOrOffset, length) { return Buffer(arg, encodingOrOffset, length); }
  SafeBuffer.prototype = Object.create(Buffer.prototype);
  for (const key in Buffer) SafeBuffer[key] = Buffer[key];
  check("SafeBuffer", [SafeBuffer("abc").toString("hex"), SafeBuffer.from("x").length, SafeBuffer(2).length]);
  check("is-buffer", Buffer.from("a") != null && Buffer.from("a").constructor != null && typeof Buffer.from("a").constructor.isBuffer === "function" && Buffer.from("a").constructor.isBuffer(Buffer.from("a")));
  check("prototype", [Buffer.prototype instanceof Uint8Array, Object.getPrototypeOf(Buffer) === Uint8Array]);
  check("slices", [Buffer.from("ab").latin1Slice(0, 1), Buffer.from("ab").hexSlice(), Buffer.from("ab").utf8Slice(), Buffer.from("ab").base64Slice()]);
  check("basic auth", "Basic " + new Buffer("id:secret").toString("base64"));
  const big = new Buffer(4);
  big.writeUInt32BE(0x01020304, 0);
  check("bytes", [...big]);
};
