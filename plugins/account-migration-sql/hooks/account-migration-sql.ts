// Moves an account from a database that speaks SQL over HTTP when its owner logs in.
import type { Events, Hook, Results } from "../../../hookpoint";
import { type Account, accountOfRows, migratedByHash } from "../../lib/migration";
import { url } from "../../lib/query";
import { VendorError, call, errorCode } from "../../lib/request";

type Event = Events["atFailedIdentification"] | Events["beforePasswordValidation"];

type Row = Record<string, unknown>;

export default async function migrate(
  event: Event,
  hook: Hook,
): Promise<Results["atFailedIdentification"] | Results["beforePasswordValidation"] | undefined> {
  const marker = hook.variables.SqlMarker ?? "migrationState";
  return migratedByHash(event, marker, (identifier) => find(hook, identifier));
}

async function find(hook: Hook, identifier: string): Promise<Account | undefined> {
  const rows = hook.variables.SqlService === "turso" ? await turso(hook, identifier) : await neon(hook, identifier);
  const pairs =
    hook.variables.SqlAttributes ?? "email=emails.primaryEmail, given_name=name.given, family_name=name.family";
  return accountOfRows(rows, "SqlQuery", pairs);
}

/** Postgres at Neon: the identifier is a parameter of the query, never a part of it. */
async function neon(hook: Hook, identifier: string): Promise<Row[]> {
  const { json } = await call(hook, {
    vendor: "Neon",
    method: "POST",
    url: url`https://${hook.variables.SqlHost ?? ""}/sql`,
    headers: { "neon-connection-string": hook.secrets.SqlCredential },
    json: { query: hook.variables.SqlQuery ?? "", params: [identifier] },
    failure: (body) => (areRows(body.rows) ? undefined : (errorCode(body) ?? "no-rows")),
  });
  return json.rows;
}

/** libSQL at Turso. A query that fails is a result of a good reply. */
async function turso(hook: Hook, identifier: string): Promise<Row[]> {
  const { json } = await call(hook, {
    vendor: "Turso",
    method: "POST",
    url: url`https://${hook.variables.SqlHost ?? ""}/v2/pipeline`,
    headers: { authorization: `Bearer ${hook.secrets.SqlCredential}` },
    json: {
      requests: [
        {
          type: "execute",
          stmt: { sql: hook.variables.SqlQuery ?? "", args: [{ type: "text", value: identifier }] },
        },
        { type: "close" },
      ],
    },
    failure: (body) => {
      const [first] = Array.isArray(body.results) ? body.results : [];
      return first?.type === "ok" ? undefined : (errorCode(first) ?? "no-results");
    },
  });
  const { cols, rows } = json.results[0].response?.result ?? {};
  if (!Array.isArray(cols) || !Array.isArray(rows)) throw new VendorError("Turso", 200, "answered without rows");
  return rows.map((row: any[]) => Object.fromEntries(cols.map(({ name }: any, index) => [name, valueOf(row[index])])));
}

function areRows(rows: unknown): boolean {
  return Array.isArray(rows) && rows.every((row) => typeof row === "object" && row !== null);
}

function valueOf(cell: any): unknown {
  return cell?.type === "integer" ? Number(cell.value) : (cell?.value ?? null);
}
