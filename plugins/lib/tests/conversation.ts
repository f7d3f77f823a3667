import assert from "node:assert/strict";
import { callerOf, hasPhone, variablesOf } from "../conversation";
import { mapping } from "../profile";

export default function () {
  const caller = (userId: unknown) => callerOf({ context: { userId } }, "AT");
  assert.deepEqual(caller("0664 123 45 67"), { phone: "+436641234567" });
  assert.deepEqual(caller("+15550100199"), { phone: "+15550100199" });
  assert.deepEqual(caller("Alice@Example.com"), { email: "Alice@example.com" });
  for (const id of ["5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4", "anonymous", "", null, 15550100199]) {
    assert.deepEqual(caller(id), {});
  }
  assert.deepEqual(callerOf({}, "AT"), {});

  assert.ok(hasPhone([null, "(555) 010-0199"], "+15550100199", "US"));
  assert.ok(!hasPhone(["+44 555 010 0199", 15550100199, undefined], "+15550100199", "US"));

  const pairs = mapping("name.first=FirstName, score=Score, vip=Vip, missing=Missing, list=List");
  const fields = { name: { first: "Al\r\nice" }, score: 1.5, vip: false, missing: "", list: [1] };
  assert.deepEqual(variablesOf([{ id: "7", fields }], pairs), {
    Contacts: 1,
    ContactId: "7",
    FirstName: "Al ice",
    Score: 1.5,
    Vip: false,
  });
  assert.deepEqual(variablesOf([], pairs), { Contacts: 0 });
  assert.deepEqual(
    variablesOf(
      [
        { id: "7", fields },
        { id: "8", fields },
      ],
      pairs,
    ),
    { Contacts: 2 },
  );
}
