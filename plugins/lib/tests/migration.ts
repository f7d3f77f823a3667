import assert from "node:assert/strict";
import { attributesFrom, identified, identifierOf, isPasswordOf, validated } from "../migration";

const never = async () => assert.fail("asked the other system");

export default async function () {
  assert.equal(identifierOf({ identifier: " alice " }), "alice");
  assert.equal(identifierOf({ customer: { info: { userName: "alice" } } }), "alice");
  for (const identifier of ["", " ", "a\nb", "a\u0000", "a".repeat(321), 7, null, {}]) {
    assert.equal(identifierOf({ identifier }), undefined);
  }

  // An identifier that did not resolve.
  const failed = { identifier: "alice", failure: { reason: "notFound" }, session: { a: 1 } };
  const account = { attributes: { name: { given: "Alice" } } };
  assert.deepEqual(await identified(failed, "state", async () => account), {
    attributes: { name: { given: "Alice" }, state: "pending" },
    session: { a: 1, migration: { identifier: "alice" } },
    nextStep: "reidentify",
  });
  assert.equal(await identified(failed, "state", async () => undefined), undefined);
  assert.equal(await identified({ ...failed, failure: { reason: "disabled" } }, "state", never), undefined);
  assert.equal(
    await identified({ ...failed, session: { migration: { identifier: "alice" } } }, "state", never),
    undefined,
  );
  assert.equal(await identified({ ...failed, identifier: "\r\n" }, "state", never), undefined);

  // A password.
  const right = async () => ({ isRight: true, attributes: { tier: 1 } });
  const migrated = { valid: true, migrate: true };
  const refused = { password: { valid: false, migrate: false } };
  const session = { a: 1, migration: { identifier: "alice" } };
  assert.deepEqual(await validated({ identifier: "alice", session }, "state", right), {
    password: migrated,
    attributes: { tier: 1, state: "done" },
    session: { a: 1 },
  });
  for (const info of [{ state: "pending" }, { attributes: { state: "pending" } }]) {
    const event = { identifier: "alice", customer: { info } };
    assert.deepEqual(await validated(event, "state", right), {
      password: migrated,
      attributes: { state: "done" },
      session: {},
    });
    assert.equal(await validated(event, "state", async () => ({ isRight: false })), undefined);
    assert.equal(await validated(event, "state", async () => undefined), undefined);
    assert.equal(await validated({ ...event, identifier: "a\nb" }, "state", never), undefined);
  }
  for (const customer of [undefined, {}, { info: null }]) {
    const event = { identifier: "alice", customer };
    assert.deepEqual(await validated(event, "state", async () => ({ isRight: false })), refused);
    assert.deepEqual(await validated(event, "state", async () => undefined), refused);
    assert.deepEqual(await validated({ ...event, identifier: "a\nb" }, "state", never), refused);
  }
  for (const info of [{}, { state: "done" }, { state: "other" }]) {
    const other = { migration: { identifier: "bob" } };
    assert.equal(
      await validated({ identifier: "alice", customer: { info }, session: other }, "state", never),
      undefined,
    );
  }
  // An account without a mark is pending in the journey that found it; one that moved meanwhile is not.
  assert.deepEqual(await validated({ identifier: "alice", customer: { info: {} }, session }, "state", right), {
    password: migrated,
    attributes: { state: "done" },
    session: { a: 1 },
  });
  for (const info of [{ state: "done" }, { attributes: { state: "done" } }]) {
    assert.equal(await validated({ identifier: "alice", customer: { info }, session }, "state", never), undefined);
  }
  // Without an identifier, no journey that found one counts.
  assert.equal(await validated({ customer: { info: {} }, session: {} }, "state", never), undefined);

  // Hashes.
  const hash = "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$yqSq2SygY1sB4EcH9f2FG0JTMES.wqLsOT5YmiRBplI";
  assert.equal(await isPasswordOf(hash, "correct horse battery staple"), true);
  assert.equal(await isPasswordOf(hash, "correct horse battery stapl"), false);
  await assert.rejects(isPasswordOf("hunter2", "hunter2"), {
    message: "the hash of the other system is in no known format",
  });
  await assert.rejects(isPasswordOf("$2b$31$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG", "x"), /bcrypt/);

  // Records.
  const fields = { id: 7, given: "Alice", family: null, mail: "a@b.example", vip: false };
  assert.deepEqual(attributesFrom(fields, "given=name.given, family=name.family, mail=emails.primary, vip=vip,"), {
    name: { given: "Alice" },
    emails: { primary: "a@b.example" },
    vip: false,
  });
  assert.deepEqual(attributesFrom(fields, "given=name.a, mail=name.b, toString=x"), {
    name: { a: "Alice", b: "a@b.example" },
  });
  assert.throws(() => attributesFrom(fields, "given=name, mail=name.b"), /has a value already/);
  assert.throws(() => attributesFrom(fields, "given"), /does not say which field/);
  assert.throws(() => attributesFrom(fields, "given=__proto__.x"), /does not say which field/);
}
