// Asks Have I Been Pwned about a new password. Five of the forty characters of its hash are sent.
import type { Events, Hook, Results } from "../../../hookpoint";
import { sha1 } from "../../lib/hash";
import { url } from "../../lib/query";
import { call, VendorError } from "../../lib/request";

type Stage = "beforePasswordPersist";

const REASONS = ["registration", "reset", "change", "migration"];
const VENDOR = "Have I Been Pwned";

export default async function breachedPassword(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const checked = (hook.variables.BreachedPasswordWhen ?? "registration, reset, change").split(/[\s,]+/);
  // A password without one of the known reasons is checked.
  if (REASONS.some((reason) => reason === event.reason && !checked.includes(reason))) return {};
  if (typeof event.password !== "string") throw new Error("the event has no password");

  const hash = sha1(event.password).toUpperCase();
  const { text } = await call(hook, {
    vendor: VENDOR,
    url: url`https://api.pwnedpasswords.com/range/${hash.slice(0, 5)}`,
    // With padding, the length of the reply does not tell which range was asked for.
    headers: { accept: "text/plain", "add-padding": "true", "user-agent": "hookpoint-breached-password" },
    expect: "text",
  });
  const most = Number(hook.variables.BreachedPasswordMost ?? "0");
  if (seen(text, hash.slice(5)) <= (most >= 0 ? most : 0)) return {};
  const message = hook.variables.BreachedPasswordMessage;
  return { showError: { message: message ?? "This password is known from a data breach. Please choose another one." } };
}

/** In how many accounts the password was seen. Lines of padding have the count 0. */
function seen(text: string, suffix: string): number {
  const lines = text.trim().split(/\r?\n/);
  if (!lines.every((line) => /^[0-9A-F]{35}:\d+$/i.test(line))) {
    throw new VendorError(VENDOR, 200, "answered 200 with something that is no list of hashes");
  }
  const line = lines.find((line) => line.slice(0, 35).toUpperCase() === suffix);
  return line === undefined ? 0 : Number(line.slice(36));
}
