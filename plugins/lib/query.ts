// Values in queries and URLs. A query is always one of these tagged templates: nothing a customer types can leave its place.

import { oneLine, wellFormed } from "./text";

/** A value of a template. */
export type Value = string | number | boolean;

function filled(texts: TemplateStringsArray, values: Value[], escape: (value: string) => string): string {
  return texts.reduce((text, next, index) => text + escape(String(values[index - 1])) + next);
}

/** Salesforce: `` soql`SELECT Id FROM Contact WHERE Email = ${email}` ``. Each value becomes a quoted literal; put no quotes around it. */
export function soql(texts: TemplateStringsArray, ...values: Value[]): string {
  return filled(texts, values, (value) => {
    const escaped = value
      .replace(/[\\'"]/g, "\\$&")
      .replace(/\n/g, "\\n")
      .replace(/\r/g, "\\r")
      .replace(/\t/g, "\\t");
    return `'${oneLine(escaped)}'`;
  });
}

/** OData: `` odata`emailaddress1 eq ${email}` ``. Each value becomes a quoted literal; put no quotes around it. */
export function odata(texts: TemplateStringsArray, ...values: Value[]): string {
  return filled(texts, values, (value) => `'${oneLine(value).replace(/'/g, "''")}'`);
}

/**
 * ServiceNow: `` encodedQuery`active=true^email=${email}` ``. There is no escape for `^`, which begins the next condition, and a value
 * that starts with `javascript:` is a program: such values match nothing and throw.
 */
export function encodedQuery(texts: TemplateStringsArray, ...values: Value[]): string {
  return filled(texts, values, (value) => {
    const plain = value.trim();
    if (/[\^\u0000-\u001f\u007f]/.test(plain) || /^javascript:/i.test(plain) || plain === "") {
      throw new UnsearchableValue("a value cannot be searched for in ServiceNow");
    }
    return plain;
  });
}

/** A value that no query can hold: nothing in the vendor's data equals it. */
export class UnsearchableValue extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnsearchableValue";
  }
}

/** A URL: `` url`https://${host}/contacts/${email}?q=${query}` ``. Each value is percent-encoded, so that it stays in its place. */
export function url(texts: TemplateStringsArray, ...values: Value[]): string {
  return filled(texts, values, (value) => {
    // Every parser takes these for steps through the path, encoded or not.
    if (value === "." || value === "..") throw new UnsearchableValue(`\`${value}\` cannot be part of a URL`);
    return encodeURIComponent(wellFormed(value)).replace(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  });
}
