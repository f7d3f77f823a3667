// What fetch refuses before anything leaves the sandbox, checked from inside.
const wrong = [];
let checks = 0;
async function rejects(name, expected, action) {
  checks += 1;
  try {
    await action();
    wrong.push(`${name}: fulfilled`);
  } catch (error) {
    if (!expected.test(`${error.name}: ${error.message}`)) wrong.push(`${name}: ${error.name}: ${error.message}`);
  }
}

export default async () => {
  await rejects("no URL", /Invalid URL/, () => fetch("nonsense"));
  await rejects("no host is declared", /TypeError: fetch failed: .*does not declare the host `a.test`/, () => fetch("https://a.test/"));
  await rejects("metadata", /does not declare/, () => fetch("http://169.254.169.254/latest/meta-data/"));
  await rejects("files", /scheme `file`/, () => fetch("file:///etc/passwd"));
  await rejects("data", /scheme `data`/, () => fetch("data:text/plain,x"));
  await rejects("credentials", /no user name/, () => fetch("https://a:b@a.test/"));
  await rejects("aborted before", /AbortError/, () => fetch("https://a.test/", { signal: AbortSignal.abort() }));
  await rejects("own reason", /RangeError: mine/, () => fetch("https://a.test/", { signal: AbortSignal.abort(new RangeError("mine")) }));
  await rejects("no signal", /TypeError/, () => fetch("https://a.test/", { signal: {} }));
  await rejects("bad header", /TypeError/, () => fetch("https://a.test/", { headers: { "a\n": "b" } }));
  await rejects("large body", /at most 262144/, () => fetch("https://a.test/", { method: "POST", body: "x".repeat(262145) }));
  const many = [];
  for (let count = 0; count < 30; count++) many.push(fetch("https://a.test/").catch((error) => error.message));
  const messages = await Promise.all(many);
  checks += 1;
  if (messages.filter((message) => /more than 20 requests/.test(message)).length !== 30 - 20 + 4) {
    wrong.push(`too many: ${messages.join(" | ")}`);
  }
  return { context: { checks, wrong: wrong.join("\n") } };
};
