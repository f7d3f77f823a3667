// createCipheriv and createDecipheriv: AES in the modes GCM, CBC, CTR and ECB.

import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import { secretBytes, toBytes } from "hookpoint:key_objects";
import { padded, unpadded } from "hookpoint:primitives";
import { Buffer, coded } from "node:buffer";
import { Transform } from "node:stream";

const CIPHERS = Object.fromEntries([128, 192, 256].flatMap((bits) => ["gcm", "cbc", "ctr", "ecb"].map((mode) => [`aes-${bits}-${mode}`, { bits, mode }])));
CIPHERS["id-aes128-gcm"] = CIPHERS["aes-128-gcm"];
CIPHERS["id-aes256-gcm"] = CIPHERS["aes-256-gcm"];
for (const bits of [128, 192, 256]) CIPHERS[`aes${bits}`] = CIPHERS[`aes-${bits}-cbc`];
export const getCiphers = () => Object.keys(CIPHERS).sort();

export function getCipherInfo(name) {
  const known = CIPHERS[String(name).toLowerCase()];
  if (!known) return undefined;
  const isStream = known.mode === "gcm" || known.mode === "ctr";
  return {
    mode: known.mode, name: String(name).toLowerCase(), blockSize: isStream ? undefined : 16,
    ivLength: known.mode === "ecb" ? undefined : known.mode === "gcm" ? 12 : 16, keyLength: known.bits / 8,
  };
}

/** Output comes as far as it is certain: whole blocks of CBC and ECB, all of CTR; GCM keeps everything until the tag is known or made. */
class Cipher extends Transform {
  #encrypts;
  #mode;
  #key;
  #iv;
  #rest = Buffer.alloc(0);
  #more = Buffer.alloc(0);
  #tag;
  #done = false;
  #padding = true;
  #used = 0;
  constructor(encrypts, name, key, iv, options) {
    super(options);
    const known = CIPHERS[String(name).toLowerCase()];
    if (!known) throw coded(Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
    this.#encrypts = encrypts;
    this.#mode = known.mode;
    this.#key = secretBytes(key);
    if (this.#key.length !== known.bits / 8) throw coded(RangeError, "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length");
    this.#iv = iv === null || iv === undefined ? new Uint8Array(0) : Uint8Array.from(toBytes(iv));
    const lengths = { ecb: [0], cbc: [16], ctr: [16], gcm: [12, 16] }[known.mode];
    if (!lengths.includes(this.#iv.length)) {
      if (known.mode === "gcm") throw new Error("AES-GCM takes an initialization vector of 12 or 16 bytes in the sandbox");
      throw coded(TypeError, "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector");
    }
    if (known.mode === "gcm" && options?.authTagLength !== undefined && options.authTagLength !== 16) {
      throw new Error("AES-GCM takes a tag of 16 bytes in the sandbox");
    }
  }
  #blocks(data) {
    const output = Buffer.from(host.aesBlocks(this.#mode, this.#encrypts, this.#key, this.#iv, Uint8Array.from(data)));
    if (this.#mode === "cbc" && data.length > 0) this.#iv = Uint8Array.from((this.#encrypts ? output : data).subarray(-16));
    return output;
  }
  #stream(data) {
    // What was already used of a block of the key stream is skipped.
    const skipped = this.#used % 16;
    const output = this.#blocks(Buffer.concat([Buffer.alloc(skipped), data])).subarray(skipped);
    this.#used = skipped + data.length;
    let carry = Math.floor(this.#used / 16);
    const counter = Uint8Array.from(this.#iv);
    for (let index = 15; index >= 0 && carry > 0; index--) {
      carry += counter[index];
      counter[index] = carry & 0xff;
      carry >>= 8;
    }
    this.#iv = counter;
    this.#used %= 16;
    return output;
  }
  update(data, inputEncoding, outputEncoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Unsupported state");
    const bytes = Buffer.from(toBytes(data, inputEncoding));
    let output;
    if (this.#mode === "ctr") {
      output = this.#stream(bytes);
    } else if (this.#mode === "gcm") {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      output = this.#encrypts ? this.#gcmAhead() : this.#gcmBehind();
    } else {
      const all = Buffer.concat([this.#rest, bytes]);
      let whole = all.length & ~15;
      // The last block of what is decrypted may be padding.
      if (!this.#encrypts && this.#padding && whole === all.length && whole > 0) whole -= 16;
      this.#rest = Buffer.from(all.subarray(whole));
      output = this.#blocks(all.subarray(0, whole));
    }
    return outputEncoding && outputEncoding !== "buffer" ? output.toString(outputEncoding) : output;
  }
  #given = 0;
  /** What is encrypted so far does not change with what follows. */
  #gcmAhead() {
    const sealed = host.aesGcm(true, this.#key, this.#iv, Uint8Array.from(this.#more), Uint8Array.from(this.#rest));
    const output = Buffer.from(sealed.subarray(this.#given, this.#rest.length));
    this.#given = this.#rest.length;
    this.#tag = Buffer.from(sealed.subarray(this.#rest.length));
    return output;
  }
  /** Decrypting is encrypting with the same key stream; `final` says whether it is genuine. */
  #gcmBehind() {
    const opened = host.aesGcm(true, this.#key, this.#iv, new Uint8Array(0), Uint8Array.from(this.#rest));
    const output = Buffer.from(opened.subarray(this.#given, this.#rest.length));
    this.#given = this.#rest.length;
    return output;
  }
  final(encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Unsupported state");
    this.#done = true;
    let output = Buffer.alloc(0);
    if (this.#mode === "gcm") {
      if (this.#encrypts) {
        this.#gcmAhead();
      } else {
        const opened = this.#tag && host.aesGcm(false, this.#key, this.#iv, Uint8Array.from(this.#more), Uint8Array.from(Buffer.concat([this.#rest, this.#tag])));
        if (!opened) throw new Error("Unsupported state or unable to authenticate data");
      }
    } else if (this.#mode !== "ctr") {
      if (this.#encrypts && this.#padding) {
        output = this.#blocks(padded(this.#rest));
      } else if (this.#rest.length > 0 || (!this.#encrypts && this.#padding)) {
        const opened = this.#rest.length === 16 && !this.#encrypts ? this.#blocks(this.#rest) : undefined;
        const plain = opened && (this.#padding ? unpadded(opened) : opened);
        if (!plain) {
          throw this.#rest.length % 16 !== 0 || this.#rest.length === 0
            ? coded(Error, "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH", "error:1C80006B:Provider routines::wrong final block length")
            : coded(Error, "ERR_OSSL_BAD_DECRYPT", "error:1C800064:Provider routines::bad decrypt");
        }
        output = Buffer.from(plain);
      }
    }
    return encoding && encoding !== "buffer" ? output.toString(encoding) : output;
  }
  setAAD(data, options) {
    this.#more = Buffer.concat([this.#more, Buffer.from(toBytes(data, options?.encoding))]);
    return this;
  }
  setAutoPadding(padding = true) {
    this.#padding = Boolean(padding);
    return this;
  }
  getAuthTag() {
    if (this.#mode !== "gcm" || !this.#encrypts || !this.#done) throw coded(Error, "ERR_CRYPTO_INVALID_STATE", "Invalid state for operation getAuthTag");
    return this.#tag;
  }
  setAuthTag(tag, encoding) {
    const bytes = Buffer.from(toBytes(tag, encoding));
    if (bytes.length !== 16) throw coded(TypeError, "ERR_CRYPTO_INVALID_AUTH_TAG", `Invalid authentication tag length: ${bytes.length}`);
    this.#tag = bytes;
    return this;
  }
  _transform(chunk, encoding, done) {
    try {
      done(null, this.update(bytesOf(chunk)));
    } catch (error) {
      done(error);
    }
  }
  _flush(done) {
    try {
      done(null, this.final());
    } catch (error) {
      done(error);
    }
  }
}

export class Cipheriv extends Cipher {
  constructor(name, key, iv, options) { super(true, name, key, iv, options); }
}
export class Decipheriv extends Cipher {
  constructor(name, key, iv, options) { super(false, name, key, iv, options); }
}
Cipheriv.prototype.setAuthTag = undefined;
Decipheriv.prototype.getAuthTag = undefined;
export const createCipheriv = (name, key, iv, options) => new Cipheriv(name, key, iv, options);
export const createDecipheriv = (name, key, iv, options) => new Decipheriv(name, key, iv, options);
