// The questions of progressive profiling, in the order in which they are asked. Edit them: the id of a field is the
// attribute that it fills.
import type { Effects } from "../../../hookpoint";
import { normalPhone } from "../../lib/customer";

export type Field = Effects["profilingSteps"][number]["fields"][number];
export type Attributes = Record<string, unknown>;

/** What the parameters say about fields. */
export interface Settings {
  minimumAge: number;
  interests: string[];
}

/** A page with questions. */
export interface Step {
  id: string;
  title: string;
  /** Whether it is asked, given what the account has and the answers so far. */
  when: (known: Attributes) => boolean;
  fields: (settings: Settings) => Field[];
  /** The step whose answer leads here: both come together. */
  follows?: string;
  /** The value to store instead of the answer; `undefined` when the answer is wrong. */
  normal?: (field: string, answer: string, country: string | undefined) => string | undefined;
}

export const STEPS: Step[] = [
  {
    id: "kind",
    title: "How do you shop?",
    when: (known) => known.customerKind === undefined,
    fields: () => [{ id: "customerKind", label: "I shop as", type: "select", required: true, options: KINDS }],
  },
  {
    id: "company",
    title: "Your company",
    follows: "kind",
    when: (known) => known.customerKind === "business" && known.companyName === undefined,
    fields: () => [
      { id: "companyName", label: "Name", type: "text", required: true, validator: { minLength: 2, maxLength: 100 } },
      { id: "vatId", label: "VAT number", type: "text", validator: { maxLength: 14, regex: VAT } },
    ],
  },
  {
    id: "birthdate",
    title: "When were you born?",
    when: (known) => known.customerKind !== "business" && known.birthdate === undefined,
    fields: ({ minimumAge }) => [
      {
        id: "birthdate",
        label: "Date of birth",
        type: "date",
        required: true,
        validator: { notBefore: "1900-01-01", notAfter: yearsAgo(minimumAge) },
      },
    ],
  },
  {
    id: "phone",
    title: "How can we reach you?",
    when: (known) => known.phone === undefined,
    fields: () => [{ id: "phone", label: "Telephone", type: "phone", required: true, validator: { maxLength: 30 } }],
    normal: (_, answer, country) => normalPhone(answer, country),
  },
  {
    id: "interests",
    title: "What interests you?",
    when: (known) => known.interests === undefined,
    fields: ({ interests }) => [
      { id: "interests", label: "Topics", type: "multiSelect", required: true, options: interests },
    ],
  },
];

const VAT = "^[A-Z]{2}[A-Z0-9]{2,12}$";

const KINDS = [
  { value: "private", label: "a private customer" },
  { value: "business", label: "a company" },
];

/** The day, so many years ago, as in `1990-12-31`. */
function yearsAgo(years: number): string {
  const day = new Date();
  day.setUTCFullYear(day.getUTCFullYear() - years);
  return day.toISOString().slice(0, 10);
}
