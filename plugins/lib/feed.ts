// What feeds report of a login, a changed factor or a changed consent: as a sentence, or as a record.

import { nameOf, placeOf } from "./customer";
import { plain } from "./markup";

/** The event of `afterSelfServiceLogin`, `afterMfaChange` or `afterConsentUpdate`, read defensively. */
interface Event {
  eventType: string;
  customer?: any;
  [member: string]: any;
}

/** A tag of `lib/markup`, such as `markdown`. */
export type Markup = (texts: TemplateStringsArray, ...values: unknown[]) => string;

/** The most consents of one record. */
const MOST_CONSENTS = 50;

/** Text without markup, for fields that show it as it is. */
export const unmarked: Markup = (texts, ...values) =>
  texts.reduce((text, next, index) => text + plain(values[index - 1]) + next);

/** `alice@example.com logged in to Web shop from 203.0.113.24, Vienna, Austria`; with `isFull` false, the account id and no place. */
export function sentence(event: Event, isFull: boolean, markup: Markup): string {
  const who = isFull ? nameOf(event) : (event.customer?.info?.id ?? "unknown account");
  const from = isFull ? [event.customer?.ipAddress, placeOf(event)].filter(Boolean).join(", ") : "";
  const application = event.application?.name ?? event.application?.clientId ?? "an application";
  const what =
    event.eventType === "afterSelfServiceLogin"
      ? markup`${who} logged in to ${application}`
      : event.eventType === "afterMfaChange"
        ? markup`${who} ${event.change ?? "changed"} a factor (${event.authenticator?.type ?? "unknown"}) in ${application}`
        : markup`${who} ${consentsOf(event)} in ${application}`;
  return what + (from === "" ? "" : markup` from ${from}`);
}

/** Flat members for a log; absent ones are left out. With `isFull` false it has neither user name, address nor place. */
export function record(event: Event, isFull: boolean): Record<string, unknown> {
  const { customer = {}, application = {} } = event;
  const members: Record<string, unknown> = {
    action: actionOf(event),
    stage: event.eventType,
    application: textOf(application.name),
    clientId: textOf(application.clientId),
    store: textOf(customer?.store),
    account: textOf(customer?.info?.id),
    factor: textOf(event.authenticator?.type),
    consents: Array.isArray(event.consents) ? event.consents.slice(0, MOST_CONSENTS).map(consentOf) : undefined,
  };
  if (isFull) {
    members.userName = textOf(customer?.info?.userName);
    members.ipAddress = textOf(customer?.ipAddress);
    members.city = textOf(customer?.location?.city);
    members.country = textOf(customer?.location?.countryCode);
  }
  for (const name of Object.keys(members)) if (members[name] === undefined) delete members[name];
  return members;
}

function actionOf(event: Event): string {
  switch (event.eventType) {
    case "afterSelfServiceLogin":
      return "login";
    case "afterMfaChange":
      return event.change === "removed" ? "mfa-removed" : "mfa-enrolled";
    default:
      return "consent";
  }
}

function consentsOf(event: Event): string {
  const consents: any[] = Array.isArray(event.consents) ? event.consents : [];
  const changes = consents.map(({ id, version, accepted }) =>
    `${accepted ? "accepted" : "withdrew"} ${id} ${version ?? ""}`.trim(),
  );
  return changes.join(", ") || "changed consents";
}

function consentOf({ id, version, accepted, timestamp }: any): Record<string, unknown> {
  return { id: textOf(id), version: textOf(version), accepted: accepted === true, timestamp: textOf(timestamp) };
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null || value === "" || typeof value === "object" ? undefined : plain(value);
}
