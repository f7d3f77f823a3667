// Puts members of the customer's profile into the token or assertion.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { endpoint, failureInside } from "../../lib/endpoint";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

type Stage = "beforeIdTokenGeneration" | "afterTokenRefresh" | "beforeSaml2AssertionGeneration";

/** Claims that only the issuer sets. */
const ISSUERS = new Set(["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp"]);

/** The most characters of a text, and items of a list: tokens travel in headers. */
const MOST = { characters: 1000, items: 100 };

export default async function enrich(event: Events[Stage], hook: Hook): Promise<Results[Stage] | undefined> {
  const path = pathOf(event, hook.variables.ClaimsPath ?? "/customers/:account");
  if (!isAsked(event, hook.variables.ClaimsScope ?? "") || path === undefined) return undefined;
  const { status, json } = await call(hook, {
    vendor: "The profile API",
    url: endpoint(hook.variables.ClaimsHost, path),
    headers: { authorization: `Bearer ${hook.secrets.ClaimsToken}` },
    // A customer without a profile is no failure, if the API says so itself: a page may be a gateway's.
    accept: [404],
    failure: (body) => (Array.isArray(body) ? "a-list" : failureInside(body)),
  });
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  if (status === 404 && !isObject) {
    throw new VendorError("The profile API", status, "answered 404 without a JSON object, so the path may be wrong");
  }
  const profile = status === 404 ? {} : json;
  const current = currentClaims(event);
  const set: Record<string, any> = {};
  const remove: string[] = [];
  for (const [claim, path] of mapOf(hook.variables.ClaimsMap ?? "")) {
    const value = valueOf(profile, path);
    if (value !== undefined) set[claim] = value;
    else if (Object.hasOwn(current, claim)) remove.push(claim);
  }
  if (Object.keys(set).length === 0 && remove.length === 0) return undefined;
  return { claims: { set, remove } };
}

function isAsked(event: Events[Stage], scope: string): boolean {
  if (scope === "" || event.eventType === "beforeSaml2AssertionGeneration") return true;
  const scopes = event.eventType === "afterTokenRefresh" ? event.scopes : event.requestedScopes;
  return Array.isArray(scopes) && scopes.includes(scope);
}

/** The path with the customer's values in it; `undefined` when the event lacks one. */
function pathOf(event: Events[Stage], template: string): string | undefined {
  const values: Record<string, string | undefined> = { account: event.customer?.info?.id, email: emailOf(event) };
  let isComplete = true;
  const path = template.replace(/:(account|email)/g, (_, name: string) => {
    const value = String(values[name] ?? "");
    if (/^\.{0,2}$/.test(value)) isComplete = false;
    return isComplete ? url`${value}` : "";
  });
  return isComplete ? path : undefined;
}

function currentClaims(event: Events[Stage]): Record<string, unknown> {
  const isAssertion = event.eventType === "beforeSaml2AssertionGeneration";
  return (isAssertion ? event.assertionAttributes : event.claims) ?? {};
}

/** Pairs of claim and path from `tier, segment=crm.segment`. The last `=` counts, since names of SAML are URLs. */
function mapOf(text: string): [claim: string, path: string[]][] {
  return text
    .split(",")
    .map((part): [string, string[]] => {
      const at = part.lastIndexOf("=");
      const claim = (at < 0 ? part : part.slice(0, at)).trim();
      return [claim, (at < 0 ? claim : part.slice(at + 1).trim()).split(".")];
    })
    .filter(([claim]) => claim !== "" && !/\s/.test(claim) && !ISSUERS.has(claim));
}

/** The profile's value as a claim can hold it; `undefined` when there is none. */
function valueOf(profile: any, path: string[]): unknown {
  let value = profile;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  if (isSmall(value)) return value;
  if (Array.isArray(value) && value.length <= MOST.items && value.every(isSmall)) return value;
  if (value !== null) console.warn(`the member ${path.join(".")} of the profile cannot be a claim`);
  return undefined;
}

function isSmall(value: unknown): boolean {
  if (typeof value === "string") return value.length <= MOST.characters;
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
