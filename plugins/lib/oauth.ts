// Access tokens by client credentials (RFC 6749, section 4.4), fetched once in a run.

import { type Clock, VendorError, call } from "./request";

/** Where tokens come from. */
export interface Client {
  /** The vendor's name, for messages. */
  vendor: string;
  /** The URL of the token endpoint. */
  tokenUrl: string;
  id: string;
  secret: string;
  scope?: string;
}

/** A token with what came beside it, such as `instance_url`. */
export interface Token {
  access_token: string;
  [member: string]: unknown;
}

// Nothing outlives a run: each one has a sandbox of its own.
const tokens = new Map<string, Promise<Token>>();

/** The token of this run. `again` fetches another one. */
export function token(clock: Clock, client: Client, again = false): Promise<Token> {
  const key = `${client.tokenUrl} ${client.id} ${client.scope ?? ""}`;
  const known = tokens.get(key);
  if (known && !again) return known;
  const fetched = fetchToken(clock, client);
  tokens.set(key, fetched);
  return fetched;
}

/** For `authorize` of a call. */
export function bearer(clock: Clock, client: Client): (again: boolean) => Promise<Record<string, string>> {
  return async (again) => ({ authorization: `Bearer ${(await token(clock, client, again)).access_token}` });
}

async function fetchToken(clock: Clock, client: Client): Promise<Token> {
  const { json } = await call(clock, {
    vendor: client.vendor,
    url: client.tokenUrl,
    form: {
      grant_type: "client_credentials",
      client_id: client.id,
      client_secret: client.secret,
      ...(client.scope === undefined ? {} : { scope: client.scope }),
    },
    failure: (body) => (typeof body.error === "string" ? body.error : undefined),
  });
  if (typeof json.access_token !== "string" || !/^[\x21-\x7e]+$/.test(json.access_token)) {
    throw new VendorError(client.vendor, 200, "answered without an access token");
  }
  return json as Token;
}
