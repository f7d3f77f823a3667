// Text as vendors accept it.

/** The text with each lone half of a surrogate pair replaced: nothing else can carry it. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

/** The text on one line: control characters, and marks that turn its direction, are blanks. */
export function oneLine(text: string): string {
  return wellFormed(text).replace(/[\u0000-\u001f\u007f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ");
}
