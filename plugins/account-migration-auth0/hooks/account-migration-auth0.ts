// Moves an account from Auth0 when its owner logs in.
import type { Events, Hook, Results } from "../../../hookpoint";
import { normalEmail } from "../../lib/customer";
import { type Account, type Verdict, attributesFrom, identified, validated } from "../../lib/migration";
import { url } from "../../lib/query";
import { VendorError, call, errorCode } from "../../lib/request";

/** Auth0's name of a grant. It only looks like a URL: nothing is called there. */
const PASSWORD_REALM = ["http:", "", "auth0.com", "oauth", "grant-type", "password-realm"].join("/");

type Event = Events["atFailedIdentification"] | Events["beforePasswordValidation"];

export default async function migrate(
  event: Event,
  hook: Hook,
): Promise<Results["atFailedIdentification"] | Results["beforePasswordValidation"] | undefined> {
  const marker = hook.variables.Auth0Marker ?? "migrationState";
  if (event.eventType === "atFailedIdentification") return identified(event, marker, (typed) => find(hook, typed));
  const { password, customer } = event;
  return validated(event, marker, async (identifier) => {
    const verdict = await check(hook, identifier, password, customer?.ipAddress);
    // A platform that has no account yet gets the profile with the verdict.
    const isNew = verdict.isRight && !customer?.info;
    return isNew ? { ...verdict, attributes: (await find(hook, identifier))?.attributes } : verdict;
  });
}

/** The user of the connection with an address, unless blocked. */
async function find(hook: Hook, identifier: string): Promise<Account | undefined> {
  const email = normalEmail(identifier)?.toLowerCase();
  if (email === undefined) return undefined;
  const pairs =
    hook.variables.Auth0Attributes ?? "email=emails.primaryEmail, given_name=name.given, family_name=name.family";
  const wanted = pairs.split(",").map((pair) => pair.split("=")[0]?.trim() ?? "");
  const fields = [...new Set(["blocked", "identities", ...wanted])].join(",");
  const domain = hook.variables.Auth0Domain ?? "";
  const { json } = await call(hook, {
    vendor: "Auth0",
    url: url`https://${domain}/api/v2/users-by-email?email=${email}&fields=${fields}&include_fields=true`,
    authorize: async () => ({ authorization: `Bearer ${await token(hook)}` }),
    failure: (body) => (Array.isArray(body) ? undefined : (errorCode(body) ?? "no-list")),
  });
  const connection = hook.variables.Auth0Connection ?? "Username-Password-Authentication";
  const user = (json as Array<Record<string, any>>).find(
    ({ identities, blocked }) =>
      blocked !== true && identities?.some((identity: any) => identity?.connection === connection),
  );
  return user && { attributes: attributesFrom(user, pairs) };
}

/** A token for the Management API. */
async function token(hook: Hook): Promise<string> {
  const domain = hook.variables.Auth0Domain ?? "";
  const { json } = await call(hook, {
    vendor: "Auth0",
    url: url`https://${domain}/oauth/token`,
    form: {
      grant_type: "client_credentials",
      client_id: hook.variables.Auth0ClientId ?? "",
      client_secret: hook.secrets.Auth0ClientSecret,
      audience: url`https://${domain}/api/v2/`,
    },
    failure: (body) => (typeof body.access_token === "string" ? undefined : (errorCode(body) ?? "no-token")),
  });
  return json.access_token;
}

/** What Auth0 says of a password. The customer's address is for its protection against attempts. */
async function check(hook: Hook, username: string, password: string, address?: string): Promise<Verdict> {
  const { status, json } = await call(hook, {
    vendor: "Auth0",
    url: url`https://${hook.variables.Auth0Domain ?? ""}/oauth/token`,
    headers: address && /^[\da-fA-F.:]+$/.test(address) ? { "auth0-forwarded-for": address } : {},
    form: {
      grant_type: PASSWORD_REALM,
      realm: hook.variables.Auth0Connection ?? "Username-Password-Authentication",
      username,
      password,
      client_id: hook.variables.Auth0ClientId ?? "",
      client_secret: hook.secrets.Auth0ClientSecret,
      scope: "openid",
    },
    accept: [403],
    failure: (body) => (typeof body.access_token === "string" ? undefined : (errorCode(body) ?? "no-token")),
  });
  if (status !== 403) return { isRight: true };
  switch (errorCode(json)) {
    case "invalid_grant":
      return { isRight: false };
    // Auth0 asks for a second factor only after the right password. It cannot be checked here.
    case "mfa_required":
      if (hook.variables.Auth0SecondFactor === "accept") return { isRight: true };
      throw new VendorError("Auth0", status, "asks for a second factor, which Auth0SecondFactor does not waive");
    default:
      throw new VendorError("Auth0", status, `did not check the login: 403 (${errorCode(json) ?? "without a code"})`);
  }
}
