// Brings the addresses and numbers of a registration into one spelling.
import type { Events, Hook, Results } from "../../../hookpoint";
import { normalEmail, normalPhone } from "../../lib/customer";

type Stage = "beforeRegistration" | "beforeExternalRegistration";

export default function contactNormalisation(event: Events[Stage], hook: Hook): Results[Stage] {
  const isLower = hook.variables.ContactLowerCase === "true";
  const isKept = hook.variables.ContactInvalid === "keep";
  const country = hook.variables.ContactCountry || event.customer?.location?.countryCode;
  const emailOf = (typed: string) => {
    const email = normalEmail(typed);
    return isLower ? email?.toLowerCase() : email;
  };
  const phoneOf = (typed: string) => normalPhone(typed, typeof country === "string" ? country : undefined);

  const attributes: Record<string, unknown> = {};
  for (const [paths, normal, message] of [
    [hook.variables.ContactEmails ?? "emails.primaryEmail", emailOf, hook.variables.ContactEmailMessage],
    [hook.variables.ContactPhones ?? "phones.primaryPhone", phoneOf, hook.variables.ContactPhoneMessage],
  ] as const) {
    for (const path of paths.split(/[\s,]+/).filter((path) => path !== "")) {
      const names = path.split(".");
      const typed = valueAt(event.customer?.attributes, names);
      // An empty field is a field that was left out; whether it may be is the platform's rule.
      if (typeof typed !== "string" || typed.trim() === "") continue;
      const value = normal(typed);
      if (value !== undefined && value !== typed) setAt(attributes, names, value);
      if (value === undefined && !isKept) return { showError: { message: message ?? "Please check the form." } };
    }
  }
  return Object.keys(attributes).length > 0 ? { attributes } : {};
}

function valueAt(attributes: unknown, names: string[]): unknown {
  return names.reduce<any>((value, name) => (Object.hasOwn(Object(value), name) ? value[name] : undefined), attributes);
}

/** Sets a value in a merge patch: only what changes is in it. */
function setAt(patch: Record<string, any>, names: string[], value: string): void {
  const [name = "", ...rest] = names;
  if (rest.length === 0) patch[name] = value;
  else setAt((patch[name] ??= {}), rest, value);
}
