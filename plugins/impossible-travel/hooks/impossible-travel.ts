// Compares the place and time of a login with those of the last one.
import type { Events, Hook, Results } from "../../../hookpoint";
import { stepUp } from "../../lib/step-up";

type Stage = "afterCustomerIdentification";

interface Place {
  latitude: number;
  longitude: number;
  /** Milliseconds since 1970. */
  at: number;
}

const EARTH_KM = 6371;

export default function impossibleTravel(event: Events[Stage], hook: Hook): Results[Stage] {
  const { coordinates } = event.customer?.location ?? {};
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
  const here = placeOf({ ...coordinates, at: minute });
  if (here === undefined) return {};

  // The account knows the last completed login; the session, an earlier attempt of this browser.
  const name = hook.variables.TravelAttribute ?? "lastLoginPlace";
  const { info, attributes } = event.customer ?? {};
  const earlier = [info?.[name], info?.attributes?.[name], attributes?.[name], event.session?.loginPlace];
  const isImpossible = earlier.map(placeOf).some((place) => place && isTooFar(place, here, hook));

  // The hook at beforeProgressiveProfiling moves the place to the account once the customer is authenticated.
  const session = { ...event.session, loginPlace: { ...here, at: minute } };
  if (!isImpossible) return { session };
  if (hook.variables.TravelAction === "deny") {
    const description = hook.variables.TravelMessage ?? "We could not confirm that it is you. Please try again later.";
    return { deny: { error: "impossible-travel", description } };
  }
  return { session, authentication: stepUp(event.authenticators, hook.variables.TravelWeakFactors) };
}

/** A place that was kept, or is reported: platforms send coordinates as text or numbers. */
function placeOf(value: any): Place | undefined {
  const latitude = coordinate(value?.latitude, 90);
  const longitude = coordinate(value?.longitude, 180);
  const at = Date.parse(value?.at);
  if (latitude === undefined || longitude === undefined || Number.isNaN(at)) return undefined;
  return { latitude, longitude, at };
}

/** About a kilometre is exact enough for a guess. */
function coordinate(value: unknown, most: number): number | undefined {
  const isNumber = typeof value === "number" || typeof value === "string";
  const degrees = isNumber && /^[+-]?\d{1,3}(\.\d+)?$/.test(String(value).trim()) ? Number(value) : Number.NaN;
  return Math.abs(degrees) <= most ? Math.round(degrees * 100) / 100 : undefined;
}

function isTooFar(from: Place, to: Place, hook: Hook): boolean {
  const speed = positive(hook.variables.TravelSpeed, 900);
  const tolerance = positive(hook.variables.TravelTolerance, 300);
  const hours = Math.max(0, to.at - from.at) / 3_600_000;
  const distance = kilometres(from, to);
  return distance > tolerance && distance > speed * hours;
}

function positive(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return value > 0 ? value : otherwise;
}

/** The great-circle distance, by the haversine formula. */
function kilometres(from: Place, to: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const north = Math.sin(radians(to.latitude - from.latitude) / 2) ** 2;
  const east = Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  const share = north + Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * east;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(share)));
}
