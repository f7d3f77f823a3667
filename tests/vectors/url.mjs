// URL parsing: `vectors` is `urltestdata.json` of web-platform-tests.

const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];
const report = (name, passed, got) => { total++; if (!passed) console.log(JSON.stringify([name, got])); };
let total = 0;

function parse(input, base) {
  try {
    return base === null ? new URL(input) : new URL(input, base);
  } catch (error) {
    return error.name;
  }
}

export default () => {
  for (const vector of vectors.filter((vector) => typeof vector === "object")) {
    const { input, base, failure, searchParams } = vector;
    const name = base === null ? `<${input}>` : `<${input}> against <${base}>`;
    const url = parse(input, base);
    if (failure) {
      report(name, url === "TypeError" && !(base === null ? URL.canParse(input) : URL.canParse(input, base)), String(url));
      continue;
    }
    const wrong = PARTS.filter((part) => part in vector && url[part] !== vector[part]).map((part) => `${part}: ${url[part]}`);
    if (searchParams !== undefined && String(url.searchParams) !== searchParams) wrong.push(`searchParams: ${url.searchParams}`);
    report(name, wrong.length === 0, typeof url === "string" ? url : wrong);
  }
  console.log(total);
};
