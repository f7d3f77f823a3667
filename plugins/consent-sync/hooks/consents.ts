// The consents of an event that are carried.
import type { Events, Hook } from "../../../hookpoint";

export type Event = Events["afterConsentUpdate"];
export type Consent = Event["consents"][number];

/** Those that `ConsentSyncIds` names. */
export function carried(event: Event, hook: Hook): Consent[] {
  const ids = (hook.variables.ConsentSyncIds ?? "").split(",").map((id) => id.trim());
  const isCarried = ({ id }: Consent) => ids.join("") === "" || ids.includes(String(id));
  return (Array.isArray(event.consents) ? event.consents : []).filter(isCarried);
}
