// crypto: randomUUID, getRandomValues. Its `subtle` is loaded when a script first asks for it.

import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";

export const crypto = {
  get subtle() { return host.builtIn("hookpoint:subtle").subtle; },
  getRandomValues(view) {
    if (!ArrayBuffer.isView(view) || view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array) {
      throw new DOMException("getRandomValues fills arrays of integers", "TypeMismatchError");
    }
    const bytes = bytesOf(view);
    if (bytes.length > 65536) throw new DOMException(`${bytes.length} random bytes at once, at most 65536`, "QuotaExceededError");
    bytes.set(host.randomBytes(bytes.length));
    return view;
  },
  randomUUID() {
    const bytes = host.randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = host.hexEncode(bytes);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
  get [Symbol.toStringTag]() { return "Crypto"; },
};
