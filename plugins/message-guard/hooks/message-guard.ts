// Says whether a message holds personal data, and offers it without.
import type { Events, Hook, Results } from "../../../hookpoint";
import { normalPhone } from "../../lib/customer";

/** The most characters that are searched; what follows is left out of the variable. */
const MOST = 10_000;

const EMAIL =
  /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]{1,256}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;

/** Replaces what it finds by a placeholder. */
type Finder = (text: string, found: () => string, country: string) => string;

/** What is certain comes first, telephone numbers last. Patterns are bounded: time grows with the text only. */
const FINDERS: Record<string, Finder> = {
  email: (text, found) => text.replace(EMAIL, found),
  iban: (text, found) =>
    text.replace(/\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,32}/gi, (candidate) => {
      const end = endOfIban(candidate);
      return end === undefined ? candidate : found() + candidate.slice(end);
    }),
  card: (text, found) =>
    text.replace(/(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])/g, (candidate) => (isCard(candidate) ? found() : candidate)),
  ssn: (text, found) =>
    text.replace(/(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g, found),
  ip: (text, found) =>
    text.replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g, (candidate) =>
      candidate.split(".").every((part) => Number(part) <= 255) ? found() : candidate,
    ),
  phone: (text, found, country) =>
    text.replace(/(?<![\p{L}\d.+])(?:\+|\()?\d[\d ()/.-]{5,20}\d(?![\p{L}\d])/gu, (candidate) =>
      isPhone(candidate, country) ? found() : candidate,
    ),
};

export default function guard(event: Events["messageReceived"], hook: Hook): Results["messageReceived"] {
  const wanted = hook.variables.MessageGuardKinds ?? "email, phone, card, iban, ssn, ip";
  const kinds = wanted.split(",").map((kind) => kind.trim());
  const name = hook.variables.MessageGuardName ?? "personalData";
  const country = hook.variables.MessageGuardCountry ?? "US";
  const typed: unknown = event.context?.request?.text;
  // Full-width digits and the like are those that they look like.
  const whole = (typeof typed === "string" ? typed : "").normalize("NFKC");
  let text = whole.slice(0, MOST);
  const found: string[] = [];
  let count = 0;
  for (const [kind, find] of Object.entries(FINDERS)) {
    if (!kinds.includes(kind)) continue;
    const before = count;
    text = find(text, () => (count++, `[${kind}]`), country);
    if (count > before) found.push(kind);
  }
  if (whole.length > MOST) text = withoutEnd(text);
  // Always all of them: variables of the message before must not stay.
  return {
    context: { [name]: count > 0, [`${name}Kinds`]: found.join(", "), [`${name}Count`]: count, [`${name}Text`]: text },
  };
}

/** The text without its last word and the digits before it: they may be the beginning of what was cut off. */
function withoutEnd(text: string): string {
  let end = text.lastIndexOf(" ") + 1;
  while (end > 0 && /[\d ().+-]/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** How many characters the IBANs of a country have. */
const IBANS = [
  "AD24 AE23 AT20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22",
  "IL23 IS26 IT27 LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SA24 SE24 SI19 SK24 SM27 TR26",
].join(" ");

/** Where the IBAN at the beginning of the text ends; `undefined` when there is none. */
function endOfIban(text: string): number | undefined {
  const country = text.slice(0, 2).toUpperCase();
  const length = Number(IBANS.split(" ").find((entry) => entry.startsWith(country))?.slice(2));
  let end = 0;
  let iban = "";
  while (end < text.length && iban.length < length) {
    if (/[^ -]/.test(text.charAt(end))) iban += text.charAt(end).toUpperCase();
    end += 1;
  }
  if (iban.length !== length) return undefined;
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1 ? end : undefined;
}

/** Whether the check digit of a payment card is right (Luhn). */
function isCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, "")].reverse().map(Number);
  const doubled = (digit: number) => (digit > 4 ? digit * 2 - 9 : digit * 2);
  const sum = digits.reduce((total, digit, index) => total + (index % 2 === 0 ? digit : doubled(digit)), 0);
  return sum % 10 === 0 && new Set(digits).size > 1;
}

/** Whether it is a number with a calling code, with a zero before it, or one of North America with its marks. */
function isPhone(text: string, country: string): boolean {
  const isAmerican = /^(US|CA)$/.test(country) && /^\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}$/.test(text);
  const looksLikeOne = /^(\+|00)/.test(text) || /^\(?0[1-9]/.test(text) || isAmerican;
  return looksLikeOne && normalPhone(text.replace(/\./g, " "), country) !== undefined;
}
