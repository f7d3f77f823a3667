// Moves an account from another system, which an endpoint of its operator speaks for, when its owner logs in.
import type { Events, Hook, Results } from "../../../hookpoint";
import { type Account, type Verdict, identified, isPasswordOf, validated } from "../../lib/migration";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

const VENDOR = "The account endpoint";

type Event = Events["atFailedIdentification"] | Events["beforePasswordValidation"];

export default async function migrate(
  event: Event,
  hook: Hook,
): Promise<Results["atFailedIdentification"] | Results["beforePasswordValidation"] | undefined> {
  const marker = hook.variables.MigrationAttribute ?? "migrationState";
  if (event.eventType === "atFailedIdentification") {
    return identified(event, marker, (identifier) => ask(hook, { identifier }));
  }
  const { password } = event;
  const byEndpoint = hook.variables.MigrationCheck === "endpoint";
  return validated(event, marker, async (identifier): Promise<Verdict | undefined> => {
    const account = await ask(hook, byEndpoint ? { identifier, password } : { identifier });
    if (account === undefined) return undefined;
    if (!byEndpoint) return { isRight: await isHashOf(account, password), attributes: account.attributes };
    if (account.valid === undefined) throw new VendorError(VENDOR, 200, "did not say whether the password is right");
    return { isRight: account.valid, attributes: account.attributes };
  });
}

/** The account with an identifier, as the endpoint knows it. */
async function ask(
  hook: Hook,
  json: { identifier: string; password?: string },
): Promise<(Account & { valid?: boolean }) | undefined> {
  const path = hook.variables.MigrationPath ?? "/hookpoint/account";
  const reply = await call(hook, {
    vendor: VENDOR,
    method: "POST",
    url: url`https://${hook.variables.MigrationHost ?? ""}` + path,
    headers: { authorization: `Bearer ${hook.secrets.MigrationToken}` },
    json,
    failure: (body) => (typeof body.found === "boolean" ? undefined : "no-found"),
  });
  const { found, attributes, passwordHash, valid } = reply.json;
  if (!found) return undefined;
  return {
    attributes: isObject(attributes) ? attributes : {},
    ...(typeof passwordHash === "string" || isObject(passwordHash) ? { hash: passwordHash } : {}),
    ...(typeof valid === "boolean" ? { valid } : {}),
  };
}

async function isHashOf({ hash }: Account, password: string): Promise<boolean> {
  if (hash === undefined) throw new VendorError(VENDOR, 200, "returned an account without a hash");
  return isPasswordOf(hash, password);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
