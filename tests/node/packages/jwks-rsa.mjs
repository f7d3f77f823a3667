// jwks-rsa, with jsonwebtoken: out to a login page, and back with an ID token that is checked

import jwt from "jsonwebtoken";
import jwksRsa from "jwks-rsa";

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
// Made for this test; it protects nothing.
const KEY = `-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCTPavGwwhZ7EUy
Id0P8JENofb/kognsCD2K+QIv5+g1kf4D/4ZVo/rICMiia1yBv7CBI85MdCSVKVz
2lWKpyVx5YxetveC5jSiaioO6WfPV2NU1w9/gxHT0wp2/mF32aT+9p9U39e/ecZc
LF/OKo5uM4GD1rMfifN7Gy0wpiKmQtzKPJWH+1HK90ctW0kt7yhV6ErV72+7a9+X
4insg89GpDmglA/MMcGVHeMYV7H0/kgl5u2AhXZqeh/K7kf1i5JlW3/9mjHQr1gT
Dtei4l7jXkoieSg/+1LVUD/99DPvdJDrZDX/f6HPttkCg5co75xaI29d3f7iK9H3
fEqML9flAgMBAAECggEAP3m9vRFFX2bRKdyZbY67KdJiJimoktuGSjn/s5nQmkjm
e9WBKLE9mBKhsvkBkf/cAg5vJCwKi5r8POaqK/0E0oYwLoDYUVEm7cGw4f7TZvp4
cxHHt6PsopH/l+7wW/ey/suZQsDBROWdkwz6PGnyPyXrNsfvLrCNC8xaffeRRnUz
M33CBLzCHv3RqnQN1dz3Wj5OPEJC4UT7zeCJr4cvD5FgawL0DQCxPYcV8ejZQ80X
Uidgzz3U/J1DpAWRU5E8+9Oc4aZK0o5D4NP+GqMztd+OXp0xjltWDVPIt7V/Qvzi
ZCrRS2gTNm2YnW039DndEA5hz+RQmJYknf3Gg6OBvQKBgQDJHqkTNcS+77Iz2tRf
iGGsqpgAJmujMg6NPP+5s4cjaCMFe66JL+d0semaQo7QAeF3A9HawYCDO+rSFdd8
lqqdCPmB1yIrjayPSuaPKkrnGlHOMADfbmqgTiOIE9Up7lCfc79cAlhPAS78EYn/
ocY2VG9pu87Q2leoIY7fV4KgNwKBgQC7a0VRNMRaJ7fIFif8uIc1/1SHJ0vrKr3t
41lSjBrGkvo46m6HACKznnShn6yjUHJQtab5OY3lROuGIKZtDbkz8csDIaWWfvLQ
nmfPbcCAgFdMa7W1EwOBYmEnZ83hTqM/Iz0uPGMJ7wsTJNdwBvD9xG7TD6s7k+Cx
YwMwD5uiwwKBgQCJliIQdD4uaQg+FTwoRsKbPvFRWPdV44607L/9KGYQwNMEk0Ip
s83htTycPWA5yK+XndNYlfv2y2yvYCXUo7YAS/1059oGdZtRQ+pKkqI/S3AfYBOY
xo7HL+160CaJ0vDwxFxq82e6VJLx+oWvjdptnIHDkanAkz5YVOzKubExLQKBgQCw
k+ahFegRUO50U3ulPW4Wz9Oh6sI6dPCxGsxjW6E2ie+6hBVSmCwZsycLx9btn7O0
mxEQKsunwQFuQ4DJqm5dpGezMZZDbqPzLet8oVkHOOQHGkv+qEVbN4d1ivWMW3yu
1dKkpzxgdZmnlcRsxf1z+gi4TkD0RuUh+7lbJLlr5QKBgEXLggALyhsNK2A5bl3s
hoM9Uz00Cd4+QwWcOJu3q2RbnKWy7YHoWBlbm+CTrPCUG+MYRQTrOah9aMYMNq6G
bfJIFZbKb32HDxljxMPOdTtmcnqHkQCqIurPf0eqec/311G2QMQ5mtlCplTi0hjG
q3fYIq0Rhr9wc1Tw51mGBgxD
-----END PRIVATE KEY-----`;

async function onLogin({ continueRequestParameters: back, server }) {
  if (!back) return { redirect: `${server}/login?state=1` };
  const client = jwksRsa({ jwksUri: `${server}/jwks`, cache: true, rateLimit: true });
  const key = (header, callback) => client.getSigningKey(header.kid, (error, found) => (error ? callback(error) : callback(null, found.getPublicKey())));
  const claims = await new Promise((resolve, reject) => {
    jwt.verify(back.idToken, key, { algorithms: ["RS256"], audience: "hook" }, (error, payload) => (error ? reject(error) : resolve(payload)));
  });
  return { session: { subject: claims.sub } };
}

export default async ({ context: { server } }) => {
  const sign = (claims, options) => jwt.sign({ aud: "hook", iat: 1700000000, ...claims }, KEY, { algorithm: "RS256", keyid: "one", ...options });
  check("out", Object.keys(await onLogin({ server })));
  check("back", await onLogin({ server, continueRequestParameters: { idToken: sign({ sub: "alice" }) } }));
  for (const [name, idToken] of [["audience", sign({ aud: "other" })], ["expired", sign({ exp: 1700000001 })], ["key", sign({}, { keyid: "two" })], ["signature", `${sign({ sub: "alice" }).slice(0, -8)}AAAAAAAA`]]) {
    check(name, await onLogin({ server, continueRequestParameters: { idToken } }).catch((error) => [error.name, error.message]));
  }
};
