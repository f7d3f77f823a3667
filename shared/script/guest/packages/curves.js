// The curves of `@noble/curves` that WebCrypto and Node have.

export { x25519 } from "@noble/curves/ed25519.js";
export { p256, p384, p521 } from "@noble/curves/nist.js";
