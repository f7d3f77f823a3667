// Reads the job, reports results, and turns a hook into a script.

import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** The job that a file describes: which peer does what. */
export const read = (file) => JSON.parse(readFileSync(file, "utf8"));

/** Writes the outcome whole, so that no half of it is ever read. */
export function write(file, outcome) {
  writeFileSync(`${file}.part`, JSON.stringify(outcome));
  renameSync(`${file}.part`, file);
}

/** Adds a line at once: the thread may not get another turn. */
export const note = (file, line) => appendFileSync(file, `${JSON.stringify(line)}\n`);

/** The module as a script that leaves its default export in a global: not every peer has modules. */
export const asScript = (source) => source.replace("export default ", "globalThis.respond = ");
