// `hookpoint:password`: every format that is known, with the right password and a wrong one.

import { verify } from "hookpoint:password";

const HASHES = [
    ["django", "pbkdf2_sha256$1000$salty$DzvaoPDWHNlO+0p5E04mScIUiNVjJ8YpgYitYTNqHo8="],
    ["django_sha1", "pbkdf2_sha1$1000$salty$Q5IBC6DYW4Qjjrm9J0Q5yxfFVsc="],
    ["django_scrypt", "scrypt$16384$salty$8$1$MTVq4Od2ZVXnsU1yXhFkBWVHGiJWCYfPrLvBUV84NS5Fq7aJFAlEh/7nJxAlzt19meFDD4Kdkb1QnuX5wpRRwQ=="],
    ["werkzeug", "pbkdf2:sha256:1000$salty$0f3bdaa0f0d61cd94efb4a79134e2649c21488d56327c6298188ad61336a1e8f"],
    ["werkzeug_scrypt", "scrypt:32768:8:1$salty$8c370cd82af8b598d2ef3b94d41d4cc3ac4fe947375e1099e78a034f31ed188e956cb455914d8007785041397692c050dd5959304c0e979f450612bf17843804"],
    ["passlib", "$pbkdf2-sha256$1000$c2FsdHNhbHQ$qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0"],
    ["auth0_pbkdf2", "$pbkdf2-sha512$i=1000,l=32$c2FsdHNhbHQ$+sUSD8jw4f8ns7m9b7kj8PeJLe8lJXO8Am09BLgO79k"],
    ["phc_scrypt", "$scrypt$ln=14,r=8,p=1$c2FsdHNhbHQ$WtK9PdpH8vWDdnUFV1FSBL76ZHV+sSF/p+0ht966jbQ"],
    ["identity", "AQAAAAEAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWZwGDwPYO6eBEH2TvqzNOF/l6F/IHP33VrLo9PxKvCTgw=="],
    ["keycloak", {"secretData": "{\"value\": \"cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4NQEC0GVAwWLSUGWbcye1xU+dO7fZFld1DsscNlAN1uxw==\", \"salt\": \"MDEyMzQ1Njc4OWFiY2RlZg==\", \"additionalParameters\": {}}", "credentialData": "{\"hashIterations\": 1000, \"algorithm\": \"pbkdf2-sha256\", \"additionalParameters\": {}}"}],
    ["auth0_sha", {"algorithm": "sha256", "hash": {"value": "2450ce19dfe0bf89ec9392b65853cc1966c5752495cf267d138a5f20e1ed6c66", "encoding": "hex"}, "salt": {"value": "pre", "position": "prefix"}}],
    ["auth0_hmac", {"algorithm": "hmac", "hash": {"value": "aaded16a04c69f5474873281b420283a39ce5f3b116c5ba065c4e6095ce67a7f", "encoding": "hex", "digest": "sha256", "key": {"value": "k", "encoding": "utf8"}}}],
    ["django_md5", "md5$salty$3058365ef75c07aa4eccda2b1709617b"],
];
// Hashes of other passwords, from the documentation of their systems.
const OTHERS = [
  ["bcrypt", "U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["bcrypt of PHP", "U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["Django's bcrypt", "U*U", "bcrypt$$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
  ["argon2id", "password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"],
  ["Django's argon2", "password", "argon2$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"],
  ["Firebase", "user1password", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="],
];
const UNKNOWN = [
  "", "plain text", "$1$salt$hash", "$2b$", "$2b$xx$", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$AA", "pbkdf2_sha256$x$y$z", "pbkdf2_nope$1000$a$AAAA", "scrypt:1:2$a$b",
  "md4$a$b", "$pbkdf2-sha256$$", "$fbscrypt$n=14$a$b", null, undefined, 5, {}, { secretData: "nope", credentialData: "{}" }, { algorithm: "md4", hash: { value: "00" } },
  "AQAAAAEAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];
const COSTLY = [
  "$2b$20$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$argon2id$v=19$m=4194304,t=9,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  "$scrypt$ln=24,r=8,p=1$c2FsdHNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
];

export default async () => {
  const wrong = [];
  for (const [name, hash] of HASHES) {
    if ((await verify(hash, "correct horse")) !== true) wrong.push(`${name}: the right password is refused`);
    if ((await verify(hash, "correct horsf")) !== false) wrong.push(`${name}: a wrong password is accepted`);
  }
  for (const [name, password, hash] of OTHERS) {
    if ((await verify(hash, password)) !== true) wrong.push(`${name}: the right password is refused`);
    if ((await verify(hash, `${password}x`)) !== false) wrong.push(`${name}: a wrong password is accepted`);
  }
  for (const hash of [...UNKNOWN, ...COSTLY]) {
    const outcome = await verify(hash, "p").catch((error) => error);
    if (!(outcome instanceof Error)) wrong.push(`${JSON.stringify(hash)}: ${outcome} instead of an error`);
  }
  if (!((await verify("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", 5).catch((error) => error)) instanceof TypeError)) wrong.push("a number is no password");
  return { context: { checks: HASHES.length + OTHERS.length + UNKNOWN.length + COSTLY.length, wrong: wrong.join("\n") } };
};
