// Asks for more proof, or refuses, when a login comes from elsewhere.
import type { Events, Hook, Results } from "../../../hookpoint";
import { stepUp } from "../../lib/step-up";

type Stage = "afterCustomerIdentification";

export default function locationRule(event: Events[Stage], hook: Hook): Results[Stage] {
  switch (verdict(event.customer?.location?.countryCode, hook)) {
    case "continue":
      return {};
    case "deny": {
      const description = hook.variables.LocationMessage ?? "You cannot log in from this country.";
      return { deny: { error: "location", description } };
    }
    default:
      return { authentication: stepUp(event.authenticators, hook.variables.LocationWeakFactors) };
  }
}

/** `continue`, `deny`, or anything else for a step-up. */
function verdict(countryCode: unknown, hook: Hook): string | undefined {
  const country = typeof countryCode === "string" ? countryCode.trim().toUpperCase() : "";
  if (!/^[A-Z]{2}$/.test(country)) return hook.variables.LocationUnknown;
  if (countries(hook.variables.LocationRefused).includes(country)) return "deny";
  if (countries(hook.variables.LocationHome).includes(country)) return "continue";
  return hook.variables.LocationElsewhere === "deny" ? "deny" : "step-up";
}

function countries(text: string | undefined): string[] {
  return (text ?? "").toUpperCase().split(/[\s,]+/);
}
