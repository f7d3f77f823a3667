// `atob`: `vectors` is `base64.json` of web-platform-tests.

const report = (name, passed, got) => { total++; if (!passed) console.log(JSON.stringify([name, got])); };
let total = 0;
const caught = (call) => { try { return call(); } catch (error) { return `${error.constructor.name} ${error.name} ${error.code}`; } };
const REFUSED = "DOMException InvalidCharacterError 5";

export default () => {
  for (const [input, output] of vectors) {
    const got = caught(() => atob(input));
    const expected = output === null ? REFUSED : String.fromCharCode(...output);
    report(`atob ${JSON.stringify(input)}`, got === expected, got);
  }
  console.log(total);
};
