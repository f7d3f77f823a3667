// Asking for more proof at a login that is out of the ordinary.

/** The effect `authentication` of a login that asks for everything. */
export interface StepUp {
  allowRememberedAuthenticators: false;
  skipPassword: false;
  authenticatorsToIgnore?: string[];
}

/**
 * No remembered device counts, and the password is not skipped. The `weak` types of authenticator, separated by commas, are
 * not offered, as long as the customer has another one besides the password.
 */
export function stepUp(authenticators: unknown, weak: string | undefined): StepUp {
  const ignored = (weak ?? "").split(/[\s,]+/).filter((type) => type !== "");
  const types = Array.isArray(authenticators) ? authenticators.map((authenticator) => authenticator?.type) : [];
  const isStronger = (type: unknown) => typeof type === "string" && type !== "password" && !ignored.includes(type);
  return {
    allowRememberedAuthenticators: false,
    skipPassword: false,
    ...(ignored.length > 0 && types.some(isStronger) ? { authenticatorsToIgnore: ignored } : {}),
  };
}
