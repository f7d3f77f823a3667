// Hashes and signatures as lower-case hexadecimal digits.

import { createHash, createHmac } from "node:crypto";

/** For APIs that name customers by it, as Mailchimp does. It hides nothing. */
export const md5 = (text: string): string => createHash("md5").update(text, "utf8").digest("hex");

export const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** HMAC-SHA256: a signature, or a name for a customer that cannot be found again without the key. */
export const hmacSha256 = (key: string, text: string): string =>
  createHmac("sha256", key).update(text, "utf8").digest("hex");
