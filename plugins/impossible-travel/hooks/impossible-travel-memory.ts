// Moves the place of a login from the session to the account, once the customer is authenticated.
import type { Events, Hook, Results } from "../../../hookpoint";

type Stage = "beforeProgressiveProfiling";

export default function impossibleTravelMemory(event: Events[Stage], hook: Hook): Results[Stage] {
  const place = event.session?.loginPlace;
  if (typeof place !== "object" || place === null) return {};
  return { attributes: { [hook.variables.TravelAttribute ?? "lastLoginPlace"]: place } };
}
