// The setters of URL: `vectors` is `setters_tests.json` of web-platform-tests.

const report = (name, passed, got) => { total++; if (!passed) console.log(JSON.stringify([name, got])); };
let total = 0;

export default () => {
  for (const [part, cases] of Object.entries(vectors)) {
    if (part === "comment") continue;
    for (const { href, new_value, expected } of cases) {
      const url = new URL(href);
      let got;
      try {
        url[part] = new_value;
        got = Object.keys(expected).filter((key) => url[key] !== expected[key]).map((key) => `${key}: ${url[key]}`);
      } catch (error) {
        got = [error.name];
      }
      report(`<${href}> set ${part} to <${new_value}>`, got.length === 0, got);
    }
  }
  console.log(total);
};
