// ID tokens: the signature by a key of the provider, and the claims that bind the token to this client and journey.

export type Claims = Record<string, unknown>;

/** What the token must say. */
export interface Expected {
  issuer: string;
  audience: string;
  nonce: string;
}

type Algorithm = { name: string; hash?: string; namedCurve?: string; saltLength?: number };

/** Asymmetric algorithms alone: with a symmetric one or `none`, anyone could sign. */
const ALGORITHMS: Record<string, Algorithm> = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
};

/** Asked for once: it is loaded with the module, and not in each run. */
const { subtle } = crypto;

/** Seconds by which clocks may differ. */
const LEEWAY = 60;

/** The claims of a token that is as expected; otherwise what is wrong with it, to complete "an ID token that …". */
export async function verified(token: string, keys: any[], expected: Expected): Promise<Claims | string> {
  const [head = "", body = "", signature = "", more] = token.split(".");
  const header = decoded(head);
  const claims = decoded(body);
  if (header === undefined || claims === undefined || more !== undefined) return "is no signed JWT";
  const algorithm = Object.hasOwn(ALGORITHMS, String(header.alg)) ? ALGORITHMS[String(header.alg)] : undefined;
  if (algorithm === undefined || header.crit !== undefined) return "is signed in a way that is not supported";

  const type = algorithm.name === "ECDSA" ? "EC" : "RSA";
  const named = keys.filter((key) => {
    const fits = key?.kty === type && (key.use ?? "sig") === "sig" && (key.alg ?? header.alg) === header.alg;
    return fits && (header.kid === undefined || key.kid === header.kid);
  });
  const [jwk] = named;
  if (jwk === undefined || named.length > 1) return "names no key of the provider";
  if (!(await isSigned(`${head}.${body}`, signature, jwk, algorithm))) return "has a wrong signature";
  return problemWith(claims, expected) ?? claims;
}

async function isSigned(text: string, signature: string, jwk: any, algorithm: Algorithm): Promise<boolean> {
  try {
    const { kty, n, e, crv, x, y } = jwk;
    const key = await subtle.importKey("jwk", { kty, n, e, crv, x, y }, algorithm, false, ["verify"]);
    return await subtle.verify(algorithm, key, Buffer.from(signature, "base64url"), Buffer.from(text));
  } catch {
    return false;
  }
}

function problemWith(claims: Claims, { issuer, audience, nonce }: Expected): string | undefined {
  const now = Date.now() / 1000;
  const audiences = [claims.aud].flat();
  if (claims.iss !== issuer) return "another issuer made";
  if (!audiences.includes(audience)) return "is for another client";
  // With several audiences, `azp` names the client that asked.
  if ((claims.azp ?? (audiences.length > 1 ? undefined : audience)) !== audience) return "is for another client";
  if (typeof claims.exp !== "number" || claims.exp + LEEWAY <= now) return "has expired";
  if (typeof claims.iat !== "number" || claims.iat - LEEWAY > now) return "is from the future";
  if (claims.nonce !== nonce) return "belongs to another journey";
  return typeof claims.sub === "string" && claims.sub !== "" ? undefined : "has no subject";
}

/** The JSON object in a part of a token. */
function decoded(part: string): Claims | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
