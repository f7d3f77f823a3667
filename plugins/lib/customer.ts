// What an event says of its customer, wherever the host platform put it.

/** The event, read defensively: hosts leave members out, and customers type anything. */
type Event = { customer?: any; identifier?: unknown; [member: string]: any };

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The e-mail address, normalised; `undefined` when there is none that could be one. */
export function emailOf(event: Event): string | undefined {
  const customer = event.customer ?? {};
  const addresses = [
    customer.identifiers?.email,
    customer.attributes?.emails?.primaryEmail,
    customer.attributes?.email,
    customer.info?.email,
    customer.info?.emails?.primaryEmail,
  ];
  // The first one decides, even if it is invalid: a gate that passed over it would check another address than the account's.
  const address = addresses.map(text).find((candidate) => candidate !== undefined);
  if (address !== undefined) return normalEmail(address);
  return normalEmail(text(customer.info?.userName)) ?? normalEmail(text(event.identifier));
}

/** How people know the customer: user name, else e-mail, else id. */
export function nameOf(event: Event): string {
  const info = event.customer?.info ?? {};
  return text(info.userName) ?? emailOf(event) ?? text(info.id) ?? "unknown customer";
}

/** `Vienna, Austria`; `undefined` when the event has no place. */
export function placeOf(event: Event): string | undefined {
  const location = event.customer?.location ?? {};
  const parts = [text(location.city), text(location.country) ?? text(location.countryCode)].filter(
    (part) => part !== undefined,
  );
  return parts.length > 0 ? parts.join(", ") : undefined;
}

/**
 * An address without surrounding white space, its domain in lower case and ASCII. `undefined` when it cannot be one: no `@`, control
 * characters or white space inside, or longer than 254 characters.
 */
export function normalEmail(value: string | undefined): string | undefined {
  const address = value?.normalize("NFC").trim() ?? "";
  const at = address.lastIndexOf("@");
  if (at < 1 || address.length > 254 || /[\s\u0000-\u001f\u007f<>",;]/.test(address)) return undefined;
  const domain = asciiDomain(address.slice(at + 1));
  return domain === undefined ? undefined : `${address.slice(0, at)}@${domain}`;
}

/** A domain in lower case and ASCII (`xn--…`); `undefined` when it is none. */
export function asciiDomain(value: string): string | undefined {
  const parsed = URL.parse(`https://${value.replace(/\.$/, "")}/`);
  const host = parsed?.hostname ?? "";
  const isName = /^(?!.*\.\d+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(host);
  return isName && parsed?.port === "" && !value.includes("@") && !/[/?#\\:]/.test(value) ? host : undefined;
}

/** Calling codes, and the digit before national numbers that is dropped abroad. */
const COUNTRIES: Record<string, [code: string, trunk: string]> = {
  AT: ["43", "0"],
  AU: ["61", "0"],
  BE: ["32", "0"],
  BR: ["55", "0"],
  CA: ["1", "1"],
  CH: ["41", "0"],
  CZ: ["420", ""],
  DE: ["49", "0"],
  DK: ["45", ""],
  ES: ["34", ""],
  FI: ["358", "0"],
  FR: ["33", "0"],
  GB: ["44", "0"],
  GR: ["30", ""],
  HU: ["36", "06"],
  IE: ["353", "0"],
  IN: ["91", "0"],
  IT: ["39", ""],
  JP: ["81", "0"],
  LU: ["352", ""],
  MX: ["52", ""],
  NL: ["31", "0"],
  NO: ["47", ""],
  NZ: ["64", "0"],
  PL: ["48", ""],
  PT: ["351", ""],
  RO: ["40", "0"],
  SE: ["46", "0"],
  SG: ["65", ""],
  SI: ["386", "0"],
  SK: ["421", "0"],
  US: ["1", "1"],
  ZA: ["27", "0"],
};

/** The countries whose national numbers `normalPhone` understands. */
export const PHONE_COUNTRIES: readonly string[] = Object.keys(COUNTRIES);

/** A telephone number as E.164 (`+436641234567`); `undefined` when it cannot be one. `country` is that of numbers without `+` or `00`. */
export function normalPhone(value: string | undefined, country?: string): string | undefined {
  const typed = (value ?? "").normalize("NFKC").trim();
  if (!/^\+?[\d\s().\/\u2010-\u2015-]+$/.test(typed)) return undefined;
  const isInternational = typed.startsWith("+") || typed.startsWith("00");
  // Written `+43 (0) 664`: the zero is for callers at home.
  let digits = (isInternational ? typed.replace(/\(0\)/, "") : typed).replace(/\D/g, "");
  if (isInternational) {
    if (!typed.startsWith("+")) digits = digits.slice(2);
  } else {
    const [code, trunk] = COUNTRIES[country?.toUpperCase() ?? ""] ?? [];
    if (code === undefined || trunk === undefined) return undefined;
    if (trunk !== "" && digits.startsWith(trunk)) digits = digits.slice(trunk.length);
    digits = code + digits;
  }
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
}
