import assert from "node:assert/strict";
import { changedFields, fieldsOf, mapping, valueAt, valueIn } from "../profile";

export default function () {
  const pairs = mapping("name.given=FirstName, name.family = LastName,tags=Tags__c,, vip=Vip__c,");
  assert.deepEqual(pairs, [
    ["name.given", "FirstName"],
    ["name.family", "LastName"],
    ["tags", "Tags__c"],
    ["vip", "Vip__c"],
  ]);
  assert.deepEqual(mapping(" "), []);
  for (const text of ["name", "=x", "name=", "a b=c", "a=b=c", "a..b=c", "__proto__=x"]) {
    assert.throws(() => mapping(text), /does not say which attribute/);
  }

  const attributes = { name: { given: "Ali\ud800ce", family: null }, tags: ["a", 2], vip: false, more: {} };
  assert.deepEqual(fieldsOf({ customer: { attributes, info: { name: { family: "Moser" } } } }, pairs), {
    FirstName: "Ali\ufffdce",
    LastName: "Moser",
    Tags__c: "a;2",
    Vip__c: false,
  });
  assert.deepEqual(fieldsOf({}, pairs), {});
  assert.deepEqual(fieldsOf({ customer: { attributes: { name: "x", tags: [{}], vip: {} } } }, pairs), {});

  const changes = [
    { attribute: "name", before: { given: "Ann", family: "Moser" }, after: { given: "Ann" } },
    { attribute: "vip", before: true },
    { attribute: "nam", after: { given: "no" } },
    { attribute: 7, after: "no" },
  ];
  assert.deepEqual(changedFields({ changes }, pairs), { FirstName: "Ann", LastName: null, Vip__c: null });
  assert.deepEqual(changedFields({}, pairs), {});
  assert.equal(valueIn(changes[0]!, "before", "name.family"), "Moser");
  assert.equal(valueIn(changes[0]!, "before", "name.family.x"), null);
  assert.equal(valueIn(changes[0]!, "before", "names"), undefined);
  assert.equal(valueAt({ a: "text" }, "a.length"), undefined);
  assert.equal(valueAt({}, "constructor.name"), undefined);
}
