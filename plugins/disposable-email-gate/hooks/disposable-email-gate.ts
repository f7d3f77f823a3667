// Refuses addresses at domains that hand out throw-away mailboxes.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf, normalEmail } from "../../lib/customer";
import { isDisposable } from "./disposable-domains";

type Stage = "beforeRegistration" | "beforeExternalRegistration" | "beforeContactUpdate";

export default function disposableEmailGate(event: Events[Stage], hook: Hook): Results[Stage] {
  const email = addressOf(event);
  if (email === undefined) return {};
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (isAt(domain, hook.variables.DisposableEmailExcept)) return {};
  if (!isDisposable(domain) && !isAt(domain, hook.variables.DisposableEmailAlso)) return {};
  const message = hook.variables.DisposableEmailMessage ?? "Please give an e-mail address that you keep.";
  return hook.variables.DisposableEmailAction === "deny"
    ? { deny: { error: "disposable-email", description: message } }
    : { showError: { message } };
}

/** The address that is about to be stored. */
function addressOf(event: Events[Stage]): string | undefined {
  if (event.eventType === "beforeContactUpdate") {
    const { type, after } = event.contact;
    return type === "email" && typeof after === "string" ? normalEmail(after) : undefined;
  }
  return emailOf(event) ?? normalEmail(claimed(event));
}

/** The address that another provider vouches for. */
function claimed(event: Events[Stage]): string | undefined {
  const email = event.externalClaims?.email;
  return typeof email === "string" ? email : undefined;
}

/** Whether the domain, or one above it, is on a list that is separated by commas. */
function isAt(domain: string, list: string | undefined): boolean {
  const domains = (list ?? "").toLowerCase().split(/[\s,]+/);
  return domains.some((other) => other !== "" && (domain === other || domain.endsWith(`.${other}`)));
}
