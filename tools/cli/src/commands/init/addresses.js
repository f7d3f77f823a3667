const disposable = ["mailinator.com", "trashmail.com"];

/**
 * Refuses disposable addresses, and notes the domain of all others.
 *
 * @param {import("../hookpoint").Events["beforeRegistration"]} event
 * @returns {import("../hookpoint").Returned<"beforeRegistration">}
 */
export default function addresses(event) {
  const address = event.customer?.identifiers?.email ?? "";
  const domain = String(address).split("@").pop()?.toLowerCase() ?? "";
  console.log("domain", domain);
  if (disposable.includes(domain)) return { showError: { message: "Please use another address." } };
  return { session: { domain } };
}
