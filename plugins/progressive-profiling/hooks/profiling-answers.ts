// Checks answers: hosts show the questions with their rules, but send what they like.
import type { Attributes, Field, Step } from "./profiling-steps";

/** The attributes to store, or a sentence for the customer. */
export interface Answers {
  attributes: Attributes;
  problem?: string;
}

export function answersTo(step: Step, fields: Field[], values: Attributes, country: unknown): Answers {
  const attributes: Attributes = {};
  for (const field of fields) {
    const value = Object.hasOwn(values, field.id) ? values[field.id] : undefined;
    if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) {
      if (field.required === true) return { attributes: {}, problem: `Please fill in: ${field.label}.` };
      continue;
    }
    const answer = isAllowed(field, value) ? normal(step, field, value, country) : undefined;
    if (answer === undefined) return { attributes: {}, problem: `Please check: ${field.label}.` };
    attributes[field.id] = answer;
  }
  return { attributes };
}

function normal(step: Step, field: Field, value: unknown, country: unknown): unknown {
  if (step.normal === undefined || typeof value !== "string") return typeof value === "string" ? value.trim() : value;
  return step.normal(field.id, value, typeof country === "string" ? country : undefined);
}

function isAllowed(field: Field, value: unknown): boolean {
  const options = (field.options ?? []).map((option) => (typeof option === "string" ? option : option.value));
  switch (field.type) {
    case "checkbox":
      return typeof value === "boolean";
    case "multiSelect":
      return Array.isArray(value) && value.every((one, at) => options.includes(one) && value.indexOf(one) === at);
    case "select":
      return typeof value === "string" && options.includes(value);
    case "date":
      return typeof value === "string" && isDay(value) && isWithin(value, field.validator);
    default:
      return typeof value === "string" && !/[\u0000-\u001f\u007f]/.test(value) && fits(value.trim(), field.validator);
  }
}

/** A day that exists, as in `1990-12-31`. */
function isDay(value: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : undefined;
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

function isWithin(day: string, validator: Field["validator"]): boolean {
  return day >= (validator?.notBefore ?? day) && day <= (validator?.notAfter ?? day);
}

function fits(text: string, validator: Field["validator"]): boolean {
  const { length } = [...text];
  if (length < (validator?.minLength ?? 1) || length > (validator?.maxLength ?? 1000)) return false;
  return validator?.regex === undefined || validator.regex === null || new RegExp(validator.regex).test(text);
}
