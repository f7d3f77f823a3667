// Says by mail that a new password was asked for.
import type { Events, Hook } from "../../../hookpoint";
import { emailOf, nameOf, placeOf } from "../../lib/customer";
import { send } from "../../lib/mail";
import { plain } from "../../lib/markup";

type Event = Events["beforePasswordReset"];

export default async function passwordResetAlert(event: Event, hook: Hook): Promise<void> {
  const host = hook.variables.PasswordResetMailHost ?? "api.sendgrid.com";
  const key = hook.secrets.PasswordResetMailKey ?? "";
  const from = hook.variables.PasswordResetFrom ?? "";
  const recipients = hook.variables.PasswordResetTo ?? "customer";
  const application = plain(event.application?.name ?? "our application", 100);
  const subject = `A new password was asked for in ${application}`;

  const mails: Promise<void>[] = [];
  const customer = emailOf(event);
  if (recipients !== "team" && customer !== undefined) {
    const text = forCustomer(event, application, hook.variables.PasswordResetHelp ?? "please contact our support.");
    mails.push(send(hook, host, key, { from, to: customer, subject, text }));
  }
  const team = hook.variables.PasswordResetTeam ?? "";
  if (recipients !== "customer" && team !== "") {
    mails.push(send(hook, host, key, { from, to: team, subject, text: forTeam(event, application) }));
  }
  if (mails.length === 0) console.warn("no mail: the event has no e-mail address, or PasswordResetTeam is empty");
  await Promise.all(mails);
}

/** Holds nothing that was typed: a stranger must not be able to write to customers in your name. */
function forCustomer(event: Event, application: string, help: string): string {
  return [
    "Hello,",
    "",
    `a new password was asked for your account in ${application}.`,
    "",
    `When: ${now()}`,
    `Where from: ${whereFrom(event)}`,
    `Sent to: your ${event.channel === "phone" ? "phone" : "e-mail address"}`,
    "",
    "If this was you, there is nothing to do.",
    `If this was not you, ${help} Your password is unchanged. Do not pass on the code or link that you got.`,
    "",
  ].join("\n");
}

function forTeam(event: Event, application: string): string {
  return [
    `A new password was asked for in ${application}.`,
    "",
    `When: ${now()}`,
    `Account: ${plain(event.customer?.info?.id ?? "unknown")}`,
    `User name: ${plain(nameOf(event))}`,
    `Where from: ${whereFrom(event)}`,
    `Channel: ${plain(event.channel ?? "unknown")}`,
    "",
  ].join("\n");
}

function whereFrom(event: Event): string {
  const parts = [placeOf(event), event.customer?.ipAddress].filter(Boolean);
  return parts.map((part) => plain(part, 100)).join(", ") || "unknown";
}

function now(): string {
  return `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
