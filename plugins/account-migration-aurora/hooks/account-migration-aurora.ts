// Moves an account from a database at Amazon Aurora when its owner logs in.
import type { Events, Hook, Results } from "../../../hookpoint";
import { signed } from "../../lib/aws";
import { type Account, accountOfRows, migratedByHash } from "../../lib/migration";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

const VENDOR = "The RDS Data API";

type Event = Events["atFailedIdentification"] | Events["beforePasswordValidation"];

export default async function migrate(
  event: Event,
  hook: Hook,
): Promise<Results["atFailedIdentification"] | Results["beforePasswordValidation"] | undefined> {
  const marker = hook.variables.AuroraMarker ?? "migrationState";
  return migratedByHash(event, marker, (identifier) => find(hook, identifier));
}

async function find(hook: Hook, identifier: string): Promise<Account | undefined> {
  const rows = await query(hook, identifier);
  const pairs =
    hook.variables.AuroraAttributes ?? "email=emails.primaryEmail, given_name=name.given, family_name=name.family";
  return accountOfRows(rows, "AuroraQuery", pairs);
}

/** The rows. The identifier is a parameter of the query, never a part of it. */
async function query(hook: Hook, identifier: string): Promise<Array<Record<string, unknown>>> {
  const region = hook.variables.AuroraRegion ?? "";
  const keys = { accessKeyId: hook.secrets.AuroraKeyId, secretAccessKey: hook.secrets.AuroraKey };
  const { json } = await call(hook, {
    vendor: VENDOR,
    method: "POST",
    url: url`https://rds-data.${region}.amazonaws.com/Execute`,
    json: {
      resourceArn: hook.variables.AuroraCluster,
      secretArn: hook.variables.AuroraDatabaseSecret,
      database: hook.variables.AuroraDatabase,
      sql: hook.variables.AuroraQuery,
      parameters: [{ name: "identifier", value: { stringValue: identifier } }],
      formatRecordsAs: "JSON",
    },
    sign: signed(keys, region, "rds-data"),
    failure: (body) => (typeof body.formattedRecords === "string" ? undefined : "no-records"),
  });
  try {
    const rows: unknown = JSON.parse(json.formattedRecords);
    if (Array.isArray(rows) && rows.every((row) => typeof row === "object" && row !== null)) return rows;
  } catch {
    // Reported below, like records that are no rows.
  }
  throw new VendorError(VENDOR, 200, "answered with records that are no rows");
}
