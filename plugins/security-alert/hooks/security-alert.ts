// Alerts PagerDuty, or a mailbox, when an account may be under attack.
import type { Events, Hook } from "../../../hookpoint";
import { nameOf, placeOf } from "../../lib/customer";
import { send } from "../../lib/mail";
import { plain } from "../../lib/markup";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

type Event = Events["afterMfaChange"] | Events["atFailedAuthentication"] | Events["afterAccountDeletion"];

/** The most characters of a summary, and of a key, at PagerDuty. */
const MOST_SUMMARY = 1024;
const MOST_KEY = 255;

export default async function securityAlert(event: Event, hook: Hook): Promise<void> {
  const what = whatHappened(event, hook);
  if (what === undefined) return;
  const application = plain(event.application?.name ?? event.application?.clientId ?? "unknown", 100);
  const summary = plain(`${application}: ${what}`, MOST_SUMMARY - 1);
  const host = hook.variables.SecurityAlertHost ?? "events.pagerduty.com";
  const key = hook.secrets.SecurityAlertKey ?? "";
  if (host.endsWith(".pagerduty.com")) return await page(event, hook, { host, key, summary, application });
  const from = hook.variables.SecurityAlertFrom ?? "";
  const to = hook.variables.SecurityAlertTo ?? "";
  if (from === "" || to === "") throw new Error("mail needs the variables SecurityAlertFrom and SecurityAlertTo");
  const lines = Object.entries(details(event)).map(([name, value]) => `${name}: ${value}`);
  await send(hook, host, key, { from, to, subject: summary, text: [summary, "", ...lines, ""].join("\n") });
}

/** What raises the alert; `undefined` when nothing does. */
function whatHappened(event: Event, hook: Hook): string | undefined {
  switch (event.eventType) {
    case "afterMfaChange":
      if (event.change !== "removed") return undefined;
      return `${nameOf(event)} removed a second factor (${event.authenticator?.type ?? "unknown"})`;
    case "atFailedAuthentication": {
      const reasons = (hook.variables.SecurityAlertReasons ?? "locked").split(",").map((reason) => reason.trim());
      const reason = String(event.failure?.reason ?? "");
      return reasons.includes(reason) ? `login of ${nameOf(event)} failed (${reason})` : undefined;
    }
    case "afterAccountDeletion":
      // Customers may delete their own accounts.
      if (event.actor?.type !== "administrator") return undefined;
      return `administrator ${event.actor.id ?? "unknown"} deleted the account of ${nameOf(event)}`;
  }
}

function details(event: Event): Record<string, string> {
  const values: Record<string, unknown> = {
    stage: event.eventType,
    account: event.customer?.info?.id,
    userName: event.customer?.info?.userName,
    ipAddress: event.customer?.ipAddress,
    place: placeOf(event),
    store: event.customer?.store,
  };
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return Object.fromEntries(known.map(([name, value]) => [name, plain(value)]));
}

interface Page {
  host: string;
  key: string;
  summary: string;
  application: string;
}

async function page(event: Event, hook: Hook, { host, key, summary, application }: Page): Promise<void> {
  const account = event.customer?.info?.id ?? nameOf(event);
  const { status } = await call(hook, {
    vendor: "PagerDuty",
    method: "POST",
    url: url`https://${host}/v2/enqueue`,
    json: {
      routing_key: key,
      event_action: "trigger",
      // Alerts of one kind and account join the open one, and a redelivered event opens no other.
      dedup_key: plain(`hookpoint/${event.eventType}/${account}`, MOST_KEY - 1),
      payload: {
        summary,
        source: application,
        severity: hook.variables.SecurityAlertSeverity ?? "warning",
        component: "customer identity",
        class: event.eventType,
        custom_details: details(event),
      },
    },
    failure: (body) => (body.status === "success" ? undefined : String(body.status ?? "no-status")),
  });
  if (status !== 202) throw new VendorError("PagerDuty", status, `answered ${status} instead of 202`);
}
