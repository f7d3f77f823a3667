// Sends one log to Datadog for each event.
import type { Events, Hook } from "../../../hookpoint";
import { record, sentence, unmarked } from "../../lib/feed";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

export default async function datadogFeed(event: Event, hook: Hook): Promise<void> {
  const isFull = hook.variables.DatadogShowAddress !== "no";
  const tags = hook.variables.DatadogTags ?? "";
  const { status } = await call(hook, {
    vendor: "Datadog",
    method: "POST",
    url: url`https://http-intake.logs.${hook.variables.DatadogSite ?? "datadoghq.com"}/api/v2/logs`,
    headers: { "dd-api-key": hook.secrets.DatadogApiKey ?? "" },
    json: [
      {
        ddsource: "hookpoint",
        ...(tags === "" ? {} : { ddtags: tags }),
        service: hook.variables.DatadogService ?? "customer-identity",
        status: "info",
        message: sentence(event, isFull, unmarked),
        ...attributes(record(event, isFull)),
      },
    ],
  });
  // The intake says 202 and `{}`; anything else with a good status is not the intake.
  if (status !== 202) throw new VendorError("Datadog", status, `answered ${status} instead of 202`);
}

/** The record under the names of Datadog's standard attributes, where there are such. */
function attributes(record: Record<string, unknown>): Record<string, unknown> {
  const { action, account, userName, ipAddress, city, country, ...others } = record;
  const isKnown = account !== undefined || userName !== undefined;
  return {
    evt: { name: action, category: action === "consent" ? "privacy" : "authentication", outcome: "success" },
    ...(isKnown ? { usr: { id: account, name: userName } } : {}),
    ...(ipAddress === undefined ? {} : { network: { client: { ip: ipAddress, geoip: { city, country } } } }),
    ...others,
  };
}
