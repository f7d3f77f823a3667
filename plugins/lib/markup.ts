// Texts of customers in messages to people: nothing in them is markup, a mention or a link.

import { oneLine } from "./text";

/** The most characters of one value. */
const MOST = 300;
/** A word that is an e-mail address. */
const ADDRESS = /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/;

function short(value: unknown, most: number): string {
  const text = oneLine(String(value ?? "")).trim();
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : text;
}

function filled(texts: TemplateStringsArray, values: unknown[], escape: (text: string) => string): string {
  return texts.reduce((text, next, index) => text + escape(short(values[index - 1], MOST)) + next);
}

/** Slack's mrkdwn: `` slack`*Login* of ${name}` ``. No value can mention `<!channel>`, link to a page or format. */
export function slack(texts: TemplateStringsArray, ...values: unknown[]): string {
  return filled(texts, values, (text) =>
    text
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      // A zero-width space keeps a mark from pairing with another one, and addresses and channel names from becoming links.
      .replace(/[*_~`|]/g, "\u200b$&\u200b")
      .replace(/(^|\s)[@#]/g, "$&\u200b")
      .replace(/:\/\//g, ":\u200b//")
      // Slack links hosts without a scheme, too. An e-mail address leads to no page, and stays whole, so that it can be copied.
      .replace(/\S+/g, (word) => (ADDRESS.test(word) ? word : word.replace(/\.(?=\p{L})/gu, ".\u200b"))),
  );
}

/** Markdown of Discord and Microsoft Teams: `` markdown`**Login** of ${name}` ``. */
export function markdown(texts: TemplateStringsArray, ...values: unknown[]): string {
  return filled(texts, values, (text) =>
    text
      .replace(/[\\`*_{}[\]()#+\-.!|<>~>]/g, "\\$&")
      .replace(/@/g, "@\u200b")
      .replace(/:\/\//g, ":\u200b//"),
  );
}

/** Plain text on one line, for titles, subjects and fields of logs. */
export function plain(value: unknown, most = MOST): string {
  return short(value, most);
}
