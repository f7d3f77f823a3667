// Asks customers to accept a new version of the terms.
import type { Effects, Events, Hook, Results } from "../../../hookpoint";

type Stage = "beforeProgressiveProfiling";

export default function termsReConsent(event: Events[Stage], hook: Hook): Results[Stage] {
  const version = hook.variables.TermsVersion;
  if (version === undefined) throw new Error("the variable TermsVersion is missing");
  const attribute = hook.variables.TermsAttribute ?? "acceptedTerms";
  const stepId = `terms-${version}`;

  if (event.continueContext?.stepId === stepId) {
    if (isTicked(event.continueContext.values?.accepted)) {
      const at = new Date().toISOString().replace(/\.\d+/, "");
      return { attributes: { [attribute]: { version, at } } };
    }
    if (isMandatory(hook)) {
      const message = hook.variables.TermsRefusedMessage;
      const description = message ?? "You cannot use this service without accepting its terms.";
      return { deny: { error: "terms-not-accepted", description } };
    }
    // Decided later: asked again at the next login, not twice in this one.
    return { session: { ...event.session, termsPutOff: version } };
  }
  if (hasAccepted(event, attribute, version, hook)) return {};
  if (event.session?.termsPutOff === version && !isMandatory(hook)) return {};
  return { profilingSteps: [stepOf(stepId, hook)] };
}

function stepOf(id: string, hook: Hook): Effects["profilingSteps"][number] {
  const text = hook.variables.TermsText ?? "Please read and accept our new terms:";
  const label = hook.variables.TermsLabel ?? "I accept the terms";
  return {
    id,
    title: hook.variables.TermsTitle ?? "Our terms have changed",
    fields: [
      { id: "text", label: `${text} ${hook.variables.TermsUrl ?? ""}`.trim(), type: "static" },
      { id: "accepted", label, type: "checkbox", required: isMandatory(hook) },
    ],
  };
}

/** Whether the account has this version, from an earlier question or from the registration. */
function hasAccepted(event: Events[Stage], attribute: string, version: string, hook: Hook): boolean {
  const { info, attributes, consents } = event.customer ?? {};
  const kept = [info?.[attribute], info?.attributes?.[attribute], attributes?.[attribute]];
  if (kept.some((value) => value?.version === version)) return true;
  const id = hook.variables.TermsConsent ?? "terms";
  const given = [consents, info?.consents].flatMap((list) => (Array.isArray(list) ? list : []));
  return given.some((consent) => consent?.id === id && consent.version === version && consent.accepted === true);
}

/** Hosts send a ticked box as `true` or as text. */
function isTicked(value: unknown): boolean {
  return value === true || value === "true" || value === "on";
}

function isMandatory(hook: Hook): boolean {
  const from = hook.variables.TermsMandatoryFrom ?? "";
  return from === "" || new Date().toISOString().slice(0, 10) >= from;
}
