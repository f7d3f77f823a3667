import type { Events, Returned } from "../hookpoint";

const disposable = ["mailinator.com", "trashmail.com"];

/** Refuses disposable addresses, and notes the domain of all others. */
export default function addresses(event: Events["beforeRegistration"]): Returned<"beforeRegistration"> {
  const address = event.customer?.identifiers?.email ?? "";
  const domain = String(address).split("@").pop()?.toLowerCase() ?? "";
  console.log("domain", domain);
  if (disposable.includes(domain)) return { showError: { message: "Please use another address." } };
  return { session: { domain } };
}
