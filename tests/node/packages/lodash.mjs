// lodash
import _ from "lodash";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  check("objects", [_.get({ a: [{ b: 1 }] }, "a[0].b"), _.merge({ a: { b: 1 } }, { a: { c: 2 } }), _.pick({ a: 1, b: 2 }, "a"), _.isEqual({ a: [1, new Date(0)] }, { a: [1, new Date(0)] }), _.cloneDeep({ a: new Map([[1, { b: 2 }]]) }).a.get(1)]);
  check("lists", [_.chunk([1, 2, 3], 2), _.groupBy(["aa", "b"], "length"), _.orderBy([{ a: 2 }, { a: 1 }], "a"), _.uniq([1, 1, 2]), _.difference([1, 2], [2])]);
  check("texts", [_.camelCase("foo bar-baz"), _.startCase("fooBar"), _.deburr("déjà"), _.template ? _.escape("<a>") : "", _.truncate("a".repeat(50))]);
};
