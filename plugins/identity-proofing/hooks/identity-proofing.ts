// Sends the customer to a provider of identity checks, and looks at the ID token on return.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf, normalEmail } from "../../lib/customer";
import { hmacSha256, sha256 } from "../../lib/hash";
import { url } from "../../lib/query";
import { call, VendorError } from "../../lib/request";
import { type Claims, verified } from "./id-token";

type Stage = "beforeRegistration";

const VENDOR = "the proofing provider";

export default async function identityProofing(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  if (!event.continueContext) return { redirect: { url: await wayOut(event, hook) } };
  // From here on, customers can cause failures, with a wrong code for example: none of them may count as an outage.
  const claims = await proof(event, hook).catch((error: Error) => console.warn(error.message));
  if (!claims || !isApproved(claims, event, hook)) {
    const description = hook.variables.ProofingMessage ?? "We could not confirm who you are. Please contact us.";
    return { deny: { error: "identity-not-proven", description } };
  }
  const name = hook.variables.ProofingAttribute ?? "identityProof";
  const at = new Date(Number(claims.iat) * 1000).toISOString();
  return { attributes: { [name]: { issuer: claims.iss, subject: claims.sub, at } } };
}

/** The URL of the provider's page. */
async function wayOut(event: Events[Stage], hook: Hook): Promise<string> {
  const { callbackUrl, state } = journey(event);
  const provider = await discovered(hook);
  const page = new URL(provider.authorization_endpoint);
  for (const [name, value] of Object.entries({
    response_type: "code",
    client_id: hook.variables.ProofingClientId ?? "",
    redirect_uri: callbackUrl,
    scope: hook.variables.ProofingScope ?? "openid",
    state,
    nonce: derived(hook, "nonce", state),
    code_challenge: sha256(derived(hook, "verifier", state), "base64url"),
    code_challenge_method: "S256",
  })) {
    page.searchParams.set(name, value);
  }
  return page.href;
}

/** The claims of the ID token; `undefined` when the customer comes back without a result of this journey. */
async function proof(event: Events[Stage], hook: Hook): Promise<Claims | undefined> {
  const { callbackUrl, state } = journey(event);
  const { code, state: returned, iss } = event.continueContext ?? {};
  const issuer = hook.variables.ProofingIssuer ?? "";
  if (typeof code !== "string" || returned !== state || (iss !== undefined && iss !== issuer)) return undefined;
  const provider = await discovered(hook);
  const clientId = hook.variables.ProofingClientId ?? "";
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(hook.secrets.ProofingClientSecret ?? "")}`;
  const [{ json: tokens }, { json: keys }] = await Promise.all([
    call(hook, {
      vendor: VENDOR,
      url: provider.token_endpoint,
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
      form: {
        grant_type: "authorization_code",
        code,
        redirect_uri: callbackUrl,
        code_verifier: derived(hook, "verifier", state),
      },
      failure: (body) => (typeof body.id_token === "string" ? undefined : (body.error ?? "no-id-token")),
    }),
    call(hook, {
      vendor: VENDOR,
      url: provider.jwks_uri,
      failure: (body) => (Array.isArray(body.keys) ? undefined : "no-keys"),
    }),
  ]);
  const nonce = derived(hook, "nonce", state);
  const claims = await verified(tokens.id_token, keys.keys, { issuer, audience: clientId, nonce });
  if (typeof claims === "string") throw new VendorError(VENDOR, 200, `sent an ID token that ${claims}`);
  return claims;
}

function isApproved(claims: Claims, event: Events[Stage], hook: Hook): boolean {
  const verdict = claims[hook.variables.ProofingClaim ?? "policyDecision"];
  if (String(verdict) !== (hook.variables.ProofingClaimValue ?? "approve")) return false;
  if (hook.variables.ProofingSameEmail !== "true") return true;
  const email = typeof claims.email === "string" ? normalEmail(claims.email) : undefined;
  return email !== undefined && claims.email_verified === true && email.toLowerCase() === emailOf(event)?.toLowerCase();
}

/** The provider's endpoints (OpenID Connect Discovery 1.0). */
async function discovered(hook: Hook): Promise<Record<string, string>> {
  const issuer = hook.variables.ProofingIssuer ?? "";
  const path = URL.parse(issuer)?.pathname.replace(/\/$/, "") ?? "";
  const isPage = (value: unknown) => typeof value === "string" && URL.parse(value)?.protocol === "https:";
  const { json } = await call(hook, {
    vendor: VENDOR,
    url: url`https://${hook.variables.ProofingHost ?? ""}` + `${path}/.well-known/openid-configuration`,
    failure: ({ issuer: named, authorization_endpoint, token_endpoint, jwks_uri }) => {
      if (named !== issuer) return "another-issuer";
      return [authorization_endpoint, token_endpoint, jwks_uri].every(isPage) ? undefined : "endpoint-missing";
    },
  });
  return json;
}

function journey(event: Events[Stage]): { callbackUrl: string; state: string } {
  const { callbackUrl, state } = event.continueRequestParameters ?? {};
  if (typeof callbackUrl !== "string" || typeof state !== "string" || state === "") {
    throw new Error("the event has no continueRequestParameters: the customer could not come back");
  }
  return { callbackUrl, state };
}

/** A value that only this hook can make, and that is the same on return: nothing has to be kept in between. */
function derived(hook: Hook, purpose: string, state: string): string {
  return hmacSha256(hook.secrets.ProofingClientSecret ?? "", `identity-proofing ${purpose} ${state}`, "base64url");
}
