// Fetches what Fingerprint found out about the device, and asks for more proof when it is suspicious.
import type { Events, Hook, Results } from "../../../hookpoint";
import { url } from "../../lib/query";
import { call, VendorError } from "../../lib/request";
import { stepUp } from "../../lib/step-up";

type Stage = "afterCustomerIdentification";

const VENDOR = "Fingerprint";

/** Whether a signal is there, by the names of the parameter. */
const SIGNALS: Record<string, (found: any, event: Events[Stage]) => boolean> = {
  tampering: (found) => found.tampering === true,
  vpn: (found) => found.vpn === true,
  proxy: (found) => found.proxy === true,
  tor: (found) => found.ip_blocklist?.tor_node === true,
  attacker: (found) => found.ip_blocklist?.attack_source === true,
  "virtual-machine": (found) => found.virtual_machine === true || found.emulator === true || found.simulator === true,
  incognito: (found) => found.incognito === true,
  "developer-tools": (found) => found.developer_tools === true,
  "other-address": (found, event) => found.ip_address !== event.customer?.ipAddress,
};

export default async function deviceRisk(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const reasons = await reasonsFor(event, hook).catch(unavailable);
  if (reasons.length === 0) return {};
  console.log(`device risk: ${reasons.join(", ")}`);
  if (reasons.includes("bot") && hook.variables.DeviceRiskBots !== "step-up") {
    const description = hook.variables.DeviceRiskMessage ?? "You cannot log in with this program.";
    return { deny: { error: "device-risk", description } };
  }
  return {
    authentication: stepUp(event.authenticators, hook.variables.DeviceRiskWeakFactors),
    session: { ...event.session, deviceRisk: reasons },
  };
}

/** Without Fingerprint, nothing is known about any device: everyone gives more proof. */
function unavailable(error: unknown): string[] {
  if (!(error instanceof VendorError)) throw error;
  console.warn(error.message);
  return ["unavailable"];
}

async function reasonsFor(event: Events[Stage], hook: Hook): Promise<string[]> {
  const id = event.context?.[hook.variables.DeviceRiskEvent ?? "fingerprintEventId"];
  // Browsers that block the agent send no id, and so do programs that do not want to be seen.
  if (typeof id !== "string" || !/^[\w.-]{1,64}$/.test(id) || /^\.+$/.test(id)) return ["no-event"];
  const { status, json } = await call(hook, {
    vendor: VENDOR,
    url: url`https://${hook.variables.DeviceRiskHost ?? "eu.api.fpjs.io"}/v4/events/${id}`,
    headers: { authorization: `Bearer ${hook.secrets.DeviceRiskKey}` },
    accept: [400, 404],
    failure: (body) => (typeof body.event_id === "string" ? undefined : (body.error?.code ?? "no-event")),
  });
  if (status !== 200) return [refusal(status, json)];
  const signals = (hook.variables.DeviceRiskSignals ?? "tampering, tor, attacker, virtual-machine").split(/[\s,]+/);
  return [
    ...staleness(json, hook),
    ...(json.bot === "bad" ? ["bot"] : []),
    ...(json.suspect_score >= suspectFrom(hook) ? ["suspect-score"] : []),
    ...signals.filter((signal) => SIGNALS[signal]?.(json, event)),
  ];
}

/** The limit. One that is no number must not let every device pass. */
function suspectFrom(hook: Hook): number {
  const limit = Number(hook.variables.DeviceRiskScore ?? "15");
  return limit >= 0 ? limit : 15;
}

/** Ids that Fingerprint does not know are made up; any other refusal is a fault. */
function refusal(status: number, body: any): string {
  const code = body?.error?.code;
  if (["event_not_found", "request_not_found", "request_cannot_be_parsed"].includes(code)) return "unknown-event";
  throw new VendorError(VENDOR, status, `answered ${status}`);
}

/** An event vouches for one login, soon after the page was shown. */
function staleness(found: any, hook: Hook): string[] {
  const minutes = Number(hook.variables.DeviceRiskMinutes ?? "10");
  const age = Date.now() - Number(found.timestamp);
  const isRecent = age >= -60_000 && age <= minutes * 60_000;
  return [...(isRecent ? [] : ["old-event"]), ...(found.replayed === true ? ["replayed"] : [])];
}
