// Asks again for an address or number that cannot be one, before a change of it is stored.
import type { Events, Hook, Results } from "../../../hookpoint";
import { normalEmail, normalPhone } from "../../lib/customer";

type Stage = "beforeContactUpdate";

export default function contactNormalisationChange(event: Events[Stage], hook: Hook): Results[Stage] {
  const { type, after } = event.contact ?? {};
  // Removing an address or number is no misspelling.
  if (typeof after !== "string" || after.trim() === "") return {};
  if (type === "email" && normalEmail(after) === undefined) {
    return { showError: { message: hook.variables.ContactEmailMessage ?? "Please check the e-mail address." } };
  }
  const country = hook.variables.ContactCountry || event.customer?.location?.countryCode;
  if (type === "phone" && normalPhone(after, typeof country === "string" ? country : undefined) === undefined) {
    return { showError: { message: hook.variables.ContactPhoneMessage ?? "Please check the telephone number." } };
  }
  return {};
}
