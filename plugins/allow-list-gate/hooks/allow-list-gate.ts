// Lets only listed e-mail domains, networks and groups through.
import type { Events, Hook, Results } from "../../../hookpoint";
import { domainsOf } from "../../lib/addresses";

type Stage = "beforeRegistration" | "afterCustomerIdentification";

export default function allowListGate(event: Events[Stage], hook: Hook): Results[Stage] {
  const domains = listed(hook.variables.AllowListDomains);
  const ranges = listed(hook.variables.AllowListRanges).map(rangeOf);
  const groups = listed(hook.variables.AllowListGroups);
  if (domains.length + ranges.length + groups.length === 0) {
    throw new Error("no list has an entry: set AllowListDomains, AllowListRanges or AllowListGroups");
  }

  const verdicts: boolean[] = [];
  if (domains.length > 0) verdicts.push(isAt(domainsOf(event), domains));
  if (ranges.length > 0) verdicts.push(isWithin(event.customer?.ipAddress, ranges));
  // A form has no group yet: where groups are the only list, everyone can register, and the login decides.
  const hasAccount = event.eventType !== "beforeRegistration";
  if (groups.length > 0 && hasAccount) verdicts.push(isMember(event.customer?.groups, groups));

  const isAllowed = hook.variables.AllowListRequire === "any" ? verdicts.includes(true) : !verdicts.includes(false);
  if (isAllowed || verdicts.length === 0) return {};
  const description = hook.variables.AllowListMessage ?? "This service is not open to you.";
  return { deny: { error: "not-on-the-list", description } };
}

function listed(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((entry) => entry.trim() || []);
}

/** Whether there is an address, and each one is at a listed domain or below it. */
function isAt(given: (string | undefined)[], listed: string[]): boolean {
  const domains = listed.map((domain) => domain.toLowerCase());
  const isListed = (domain = "") => domains.some((other) => domain === other || domain.endsWith(`.${other}`));
  return given.length > 0 && given.every(isListed);
}

function isMember(memberships: unknown, groups: string[]): boolean {
  if (!Array.isArray(memberships)) return false;
  return memberships.some((group) => [group, group?.id, group?.name].some((name) => groups.includes(name)));
}

interface Range {
  network: bigint;
  bits: number;
  of: number;
}

function isWithin(address: unknown, ranges: Range[]): boolean {
  const parsed = typeof address === "string" ? addressOf(address) : undefined;
  if (parsed === undefined) return false;
  return ranges.some(({ network, bits, of }) => {
    const host = BigInt(of - bits);
    return parsed.of === of && parsed.value >> host === network >> host;
  });
}

function rangeOf(text: string): Range {
  const [start = "", bits, more] = text.split("/");
  const address = addressOf(start);
  const length = bits === undefined ? address?.of : /^\d{1,3}$/.test(bits) ? Number(bits) : undefined;
  if (address === undefined || length === undefined || length > address.of || more !== undefined) {
    throw new Error(`\`${text}\` in AllowListRanges is no address and no range such as 203.0.113.0/24`);
  }
  return { network: address.value, bits: length, of: address.of };
}

/** An address as a number. One of IPv4 that is written as IPv6 (`::ffff:203.0.113.24`) counts as IPv4. */
function addressOf(text: string): { value: bigint; of: 32 | 128 } | undefined {
  if (!text.includes(":")) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    if (parts === undefined || parts.some((part) => part > 255)) return undefined;
    return { value: BigInt(parts.reduce((value, part) => value * 256 + part, 0)), of: 32 };
  }
  // The URL parser writes an IPv6 address in one way only: groups in lower-case hex, the longest run of zeros as `::`.
  const host = URL.parse(`ws://[${text}]/`)?.hostname.slice(1, -1);
  if (host === undefined || !/^[0-9A-Fa-f:.]+$/.test(text)) return undefined;
  const [left = "", right] = host.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const zeros = right === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  const groups = [...left, ...zeros, ...(right ?? [])];
  const value = groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
  return value >> 32n === 0xffffn ? { value: value & 0xffff_ffffn, of: 32 } : { value, of: 128 };
}
