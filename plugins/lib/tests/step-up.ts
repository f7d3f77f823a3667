import assert from "node:assert/strict";
import { stepUp } from "../step-up";

export default function () {
  const everything = { allowRememberedAuthenticators: false, skipPassword: false };
  const types = (...names: string[]) => names.map((type) => ({ type }));
  for (const [authenticators, weak, ignored] of [
    [types("password", "email", "totp"), "email, phone", ["email", "phone"]],
    [types("password", "email", "totp"), "", undefined],
    [types("password", "email", "totp"), undefined, undefined],
    // The last factor stays.
    [types("password", "email", "phone"), "email,phone", undefined],
    [types("password"), "email", undefined],
    [[null, {}, { type: 7 }], "email", undefined],
    ["totp", "email", undefined],
    [undefined, "email", undefined],
  ] as const) {
    const expected = ignored === undefined ? everything : { ...everything, authenticatorsToIgnore: ignored };
    assert.deepEqual(stepUp(authenticators, weak), expected);
  }
}
