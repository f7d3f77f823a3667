// Asks for what is missing, step by step, and stores the answers when the last step of this journey is done.
import type { Effects, Events, Hook, Results } from "../../../hookpoint";
import { answersTo } from "./profiling-answers";
import { type Attributes, type Step, STEPS } from "./profiling-steps";

type Stage = "beforeRegistration" | "beforeProgressiveProfiling";

/** What the session carries from one step to the next. */
interface Progress {
  /** The ids of the steps so far. */
  done: string[];
  skipped: string[];
  answers: Attributes;
}

export default function progressiveProfiling(event: Events[Stage], hook: Hook): Results[Stage] {
  const stored = storedIn(event);
  const { profiling, ...session } = event.session ?? {};
  const fresh: Progress = { done: [], skipped: [], answers: {} };
  // Without an answer this is the beginning, whatever an abandoned journey left in the session.
  const progress: Progress = event.continueContext ? { ...fresh, ...profiling } : fresh;
  const ask = (step: Step, problem?: string) => ({
    profilingSteps: [shown(step, hook, problem)],
    session: { ...session, profiling: progress },
  });

  const answered = STEPS.find(({ id }) => id === event.continueContext?.stepId);
  if (answered !== undefined && !progress.done.includes(answered.id)) {
    const country = event.customer?.location?.countryCode;
    const values = Object(event.continueContext?.values);
    const { attributes, problem } = answersTo(answered, fieldsOf(answered, hook), values, country);
    if (problem !== undefined) return ask(answered, problem);
    progress.done.push(answered.id);
    if (Object.keys(attributes).length === 0) progress.skipped.push(answered.id);
    Object.assign(progress.answers, attributes);
  }

  const next = STEPS.find((step) => isDue(step, event, hook, stored, progress));
  if (next !== undefined) return ask(next);
  if (progress.done.length === 0) return {};
  const today = new Date().toISOString().slice(0, 10);
  const skipped = Object.fromEntries(progress.skipped.map((id) => [id, today]));
  const name = hook.variables.ProfilingAttribute ?? "profiling";
  const kept = progress.skipped.length > 0 ? { [name]: { skipped } } : {};
  return { attributes: { ...progress.answers, ...kept }, session };
}

function isDue(step: Step, event: Events[Stage], hook: Hook, stored: Attributes, progress: Progress): boolean {
  if (progress.done.includes(step.id) || !step.when({ ...stored, ...progress.answers })) return false;
  const isRegistration = event.eventType === "beforeRegistration";
  const steps = isRegistration ? hook.variables.ProfilingAtRegistration : hook.variables.ProfilingAtLogin;
  if (!listed(steps ?? step.id).includes(step.id)) return false;
  if (isRegistration) return true;

  if (step.follows !== undefined && progress.done.includes(step.follows)) return true;
  const counted = progress.done.filter((id) => STEPS.find((other) => other.id === id)?.follows === undefined);
  if (counted.length >= Number(hook.variables.ProfilingStepsPerLogin ?? "1")) return false;
  const { skipped } = Object(stored[hook.variables.ProfilingAttribute ?? "profiling"]);
  const days = (Date.now() - Date.parse(Object(skipped)[step.id])) / 86_400_000;
  return isRequired(step, hook) || !(days < Number(hook.variables.ProfilingPauseDays ?? "30"));
}

/** What the account, or the form, has already. */
function storedIn(event: Events[Stage]): Attributes {
  const { info, attributes } = event.customer ?? {};
  const all = { ...info, ...info?.attributes, ...attributes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== ""));
}

function shown(step: Step, hook: Hook, problem: string | undefined): Effects["profilingSteps"][number] {
  const notes = problem === undefined ? [] : [{ id: "problem", label: problem, type: "static" as const }];
  return { id: step.id, title: step.title, fields: [...notes, ...fieldsOf(step, hook)] };
}

/** The fields, none of them required where the step can be skipped. */
function fieldsOf(step: Step, hook: Hook): ReturnType<Step["fields"]> {
  const interests = hook.variables.ProfilingInterests ?? "News, Offers, Events";
  const fields = step.fields({
    minimumAge: Number(hook.variables.ProfilingMinimumAge ?? "16"),
    interests: interests.split(",").map((name) => name.trim()),
  });
  return isRequired(step, hook) ? fields : fields.map((field) => ({ ...field, required: false }));
}

function isRequired(step: Step, hook: Hook): boolean {
  return listed(hook.variables.ProfilingRequired ?? "kind, company").includes(step.id);
}

function listed(text: string): string[] {
  return text.split(/[\s,]+/);
}
