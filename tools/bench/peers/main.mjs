// Runs events like Hookpoint's sandbox, in another engine: a fresh one for each run, JSON in, JSON out.
//
// Started by `cargo xtask bench peers` as `node main.mjs JOB OUTCOME`.

import { note, read, write } from "./job.mjs";

const [, , jobFile, outcomeFile] = process.argv;
const job = read(jobFile);
const { open } = await import(`./${job.peer}.mjs`);

/** Runs it so many times; the first few fill caches and are not counted. */
async function measure({ source, runs }) {
  const peer = await open(source, job);
  const timed = async (run, count) => {
    const took = [];
    for (let index = -job.warmUp; index < count; index += 1) {
      const begin = performance.now();
      const response = await run(job.input);
      const end = performance.now();
      if (run === peer.run && response !== job.expected) throw new Error(`not the response: ${response}`);
      if (index >= 0) took.push((end - begin) * 1000);
    }
    return took;
  };
  try {
    const took = await timed(peer.run, runs);
    return { took, idle: peer.idle ? await timed(peer.idle, runs) : undefined };
  } finally {
    peer.close();
  }
}

/** Runs it once and says how that ended, if it does. */
async function endure(source) {
  const peer = await open(source, { ...job, cold: true });
  note(outcomeFile, { begun: true });
  const begin = performance.now();
  let ended = "returned";
  try {
    await peer.run(job.input);
  } catch (error) {
    ended = String(error?.message ?? error).split("\n")[0].slice(0, 120);
  }
  note(outcomeFile, { ended, tookMs: performance.now() - begin });
  peer.close();
}

if (job.hostile === undefined) {
  const outcomes = [];
  for (const script of job.scripts) outcomes.push(await measure(script));
  write(outcomeFile, outcomes);
} else {
  await endure(job.hostile);
}
process.exit(0);
