// Counts attempts in a Redis database at Upstash, and refuses those beyond the limit.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf, normalEmail, normalPhone } from "../../lib/customer";
import { hmacSha256 } from "../../lib/hash";
import { url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "beforePasswordValidation" | "beforePasswordReset" | "beforeRegistration";

export default async function rateGate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const most = numberOf(hook.variables.RateGateMost, 10, 1);
  const seconds = numberOf(hook.variables.RateGateSeconds, 600, 10);
  const period = Math.floor(Date.now() / 1000 / seconds);

  const by = (hook.variables.RateGateBy ?? "identifier").split(/[\s,]+/);
  const counted = [
    ["identifier", by.includes("identifier") ? identifierOf(event) : undefined],
    ["address", by.includes("address") ? event.customer?.ipAddress : undefined],
  ].filter((item): item is [string, string] => typeof item[1] === "string" && item[1] !== "");
  if (counted.length === 0) throw new Error(`the event has nothing to count by: ${by.join(", ")}`);

  const commands: (string | number)[][] = [];
  for (const [kind, value] of counted) {
    const name = hashed(hook.secrets.RateGateToken ?? "", value);
    const key = `hookpoint:rate:${event.application?.clientId ?? ""}:${event.eventType}:${kind}:${name}:${period}`;
    // The period is part of the key: expiry only cleans up.
    commands.push(["INCR", key], ["EXPIRE", key, seconds]);
  }
  const { json } = await call(hook, {
    vendor: "Upstash",
    method: "POST",
    url: url`https://${hook.variables.RateGateHost ?? ""}/multi-exec`,
    headers: { authorization: `Bearer ${hook.secrets.RateGateToken}` },
    json: commands,
    failure: (body) => (Array.isArray(body) && isCounted(body, commands) ? undefined : (codeOf(body) ?? "no-results")),
  });
  const isBeyond = json.some((item: { result: number }, index: number) => index % 2 === 0 && item.result > most);
  if (!isBeyond) return {};
  const description = hook.variables.RateGateMessage ?? "Too many attempts. Please come back in a few minutes.";
  return { deny: { error: "too-many-attempts", description } };
}

/** The account, whichever of its names was typed; else what was typed, else the address in the form. */
function identifierOf(event: Events[Stage]): string | undefined {
  const account = String(event.customer?.info?.id ?? "");
  if (account !== "") return account;
  const given = [event.identifier, emailOf(event), event.customer?.identifiers?.userName];
  const value = given.find((value) => typeof value === "string" && value.trim() !== "");
  return value === undefined ? undefined : oneSpelling(value);
}

/** In lower case, and telephone numbers without blanks and punctuation, `+` for `00`. */
function oneSpelling(value: string): string {
  const text = value.normalize("NFKC").trim().toLowerCase();
  // A national number stays one: the country of the IP address is the choice of whoever types it.
  const digits = text.replace(/[\s().\/\u2010-\u2015-]/g, "");
  return normalPhone(text) ?? normalEmail(text) ?? (/^\+?\d+$/.test(digits) ? digits : text);
}

function isCounted(results: any[], commands: unknown[]): boolean {
  return results.length === commands.length && results.every((item) => Number.isInteger(item?.result));
}

/** The first word of an error of Redis, such as `WRONGTYPE`. */
function codeOf(body: any): string | undefined {
  const error = Array.isArray(body) ? body.find((item) => item?.error)?.error : body.error;
  return typeof error === "string" ? error.split(" ")[0] : undefined;
}

function numberOf(text: string | undefined, otherwise: number, least: number): number {
  const value = Math.floor(Number(text ?? otherwise));
  return Number.isFinite(value) ? Math.max(value, least) : otherwise;
}

/** A keyed hash: the database holds no identifier. */
function hashed(secret: string, value: string): string {
  return hmacSha256(secret, value).slice(0, 32);
}
