// Refuses addresses at domains that hand out throw-away mailboxes.
import type { Events, Hook, Results } from "../../../hookpoint";
import { domainsOf } from "../../lib/addresses";
import { isDisposable } from "./disposable-domains";

type Stage = "beforeRegistration" | "beforeExternalRegistration" | "beforeContactUpdate";

export default function disposableEmailGate(event: Events[Stage], hook: Hook): Results[Stage] {
  // A change concerns the new address alone: the account may have one already that was accepted.
  const isChange = event.eventType === "beforeContactUpdate";
  const domains = domainsOf(isChange ? { contact: event.contact } : event);
  if (!domains.some((domain) => domain !== undefined && isRefused(domain, hook))) return {};
  const message = hook.variables.DisposableEmailMessage ?? "Please give an e-mail address that you keep.";
  return hook.variables.DisposableEmailAction === "deny"
    ? { deny: { error: "disposable-email", description: message } }
    : { showError: { message } };
}

function isRefused(domain: string, hook: Hook): boolean {
  if (isAt(domain, hook.variables.DisposableEmailExcept)) return false;
  return isDisposable(domain) || isAt(domain, hook.variables.DisposableEmailAlso);
}

/** Whether the domain, or one above it, is on a list that is separated by commas. */
function isAt(domain: string, list: string | undefined): boolean {
  // `.example.com` means the same as `example.com`.
  const domains = (list ?? "").toLowerCase().split(/[\s,]+\.?|^\./);
  return domains.some((other) => other !== "" && (domain === other || domain.endsWith(`.${other}`)));
}
