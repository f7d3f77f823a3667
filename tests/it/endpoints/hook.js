// The hook of the tests: counts its runs, and does what the event says.
async function hook(event, delivery) {
  const { appendFileSync, existsSync, readFileSync } = require("node:fs");
  appendFileSync(process.env.RUNS, `${delivery.id}\n`);
  const run = readFileSync(process.env.RUNS, "utf8").split("\n").filter((id) => id === delivery.id).length;
  const { behaviour } = event.context;
  if (behaviour === "fail first" && run === 1) throw new Error("the password is hunter2");
  if (behaviour === "crash first" && run === 1) process.exit(1);
  if (behaviour === "refuse") throw new Refused(422, "not this one");
  if (behaviour === "return nothing") return undefined;
  if (behaviour === "return too much") return { context: { text: "x".repeat(300_000) } };
  while (behaviour === "wait" && !existsSync(`${process.env.RUNS}.go`)) await new Promise((done) => setTimeout(done, 20));
  return { context: { run, text: "Grüße \u2028" } };
}
