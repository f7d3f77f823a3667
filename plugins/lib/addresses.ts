// The domains of all e-mail addresses of an event, for gates: none is left unchecked because another one is fine.

import { asciiDomain } from "./customer";

/** The event, read defensively: hosts leave members out, and customers type anything. */
type Event = { customer?: any; contact?: any; externalClaims?: any; identifier?: unknown; [member: string]: any };

/**
 * The domains of the addresses in lower case and ASCII, each once. `undefined` stands for an address without a domain. A
 * user name or identifier counts where there is nothing else.
 */
export function domainsOf(event: Event): (string | undefined)[] {
  const { identifiers, attributes, info } = event.customer ?? {};
  const given = [
    identifiers?.email,
    attributes?.emails?.primaryEmail,
    attributes?.email,
    info?.email,
    info?.emails?.primaryEmail,
    event.externalClaims?.email,
    event.contact?.type === "email" ? event.contact.after : undefined,
  ].filter(isGiven);
  const addresses = given.length > 0 ? given : [info?.userName, event.identifier].filter(isGiven);
  return [...new Set(addresses.map(domainOf))];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** The part after the last `@`, whatever stands before it. */
function domainOf(address: unknown): string | undefined {
  if (typeof address !== "string" || address.length > 1000) return undefined;
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).normalize("NFC").trim();
  // URL parsers drop line breaks and tabs: a host with one is not the host without it.
  return at < 0 || /[\s\u0000-\u001f\u007f]/.test(domain) ? undefined : asciiDomain(domain);
}
