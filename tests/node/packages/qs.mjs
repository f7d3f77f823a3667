// qs
import qs from "qs";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  check("stringify", [qs.stringify({ a: { b: [1, 2], c: "ä" } }), qs.stringify({ a: [1, 2] }, { arrayFormat: "repeat", encode: false })]);
  check("parse", qs.parse("a[b][]=1&a[b][]=2&c=%C3%A4&d=e&d=f"));
  check("deep", qs.parse("a[b][c][d][e][f][g][h]=1"));
};
