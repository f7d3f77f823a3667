// Hashes and signatures, as lower-case hexadecimal digits where nothing else is said.

import { createHash, createHmac } from "node:crypto";

/** For APIs that name customers by it, as Mailchimp does. It hides nothing. */
export const md5 = (text: string): string => createHash("md5").update(text, "utf8").digest("hex");

/** For APIs that want it, such as lists of breached passwords. */
export const sha1 = (text: string): string => createHash("sha1").update(text, "utf8").digest("hex");

export const sha256 = (text: string, form: "hex" | "base64url" = "hex"): string =>
  createHash("sha256").update(text, "utf8").digest(form);

/** HMAC-SHA256: a signature, or a name for a customer that cannot be found again without the key. */
export const hmacSha256 = (key: string, text: string, form: "hex" | "base64url" = "hex"): string =>
  hmac(key, text).toString(form);

/** HMAC-SHA256, as the key of the next one. */
export const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac("sha256", key).update(text, "utf8").digest();
