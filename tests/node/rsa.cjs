// RSA with a key of its own: both engines must make the same signatures.

const crypto = require("crypto");
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = (call) => { try { return call(); } catch (error) { return error.name; } };

// Made for this test; it protects nothing.
const PKCS8 = `-----BEGIN PRIVATE KEY-----
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
const PKCS1 = `-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEAkz2rxsMIWexFMiHdD/CRDaH2/5KIJ7Ag9ivkCL+foNZH+A/+
GVaP6yAjIomtcgb+wgSPOTHQklSlc9pViqclceWMXrb3guY0omoqDulnz1djVNcP
f4MR09MKdv5hd9mk/vafVN/Xv3nGXCxfziqObjOBg9azH4nzexstMKYipkLcyjyV
h/tRyvdHLVtJLe8oVehK1e9vu2vfl+Ip7IPPRqQ5oJQPzDHBlR3jGFex9P5IJebt
gIV2anofyu5H9YuSZVt//Zox0K9YEw7XouJe415KInkoP/tS1VA//fQz73SQ62Q1
/3+hz7bZAoOXKO+cWiNvXd3+4ivR93xKjC/X5QIDAQABAoIBAD95vb0RRV9m0Snc
mW2OuynSYiYpqJLbhko5/7OZ0JpI5nvVgSixPZgSobL5AZH/3AIObyQsCoua/Dzm
qiv9BNKGMC6A2FFRJu3BsOH+02b6eHMRx7ej7KKR/5fu8Fv3sv7LmULAwUTlnZMM
+jxp8j8l6zbH7y6wjQvMWn33kUZ1MzN9wgS8wh790ap0DdXc91o+TjxCQuFE+83g
ia+HLw+RYGsC9A0AsT2HFfHo2UPNF1InYM891PydQ6QFkVORPPvTnOGmStKOQ+DT
/hqjM7Xfjl6dMY5bVg1TyLe1f0L84mQq0UtoEzZtmJ1tN/Q53RAOYc/kUJiWJJ39
xoOjgb0CgYEAyR6pEzXEvu+yM9rUX4hhrKqYACZrozIOjTz/ubOHI2gjBXuuiS/n
dLHpmkKO0AHhdwPR2sGAgzvq0hXXfJaqnQj5gdciK42sj0rmjypK5xpRzjAA325q
oE4jiBPVKe5Qn3O/XAJYTwEu/BGJ/6HGNlRvabvO0NpXqCGO31eCoDcCgYEAu2tF
UTTEWie3yBYn/LiHNf9UhydL6yq97eNZUowaxpL6OOpuhwAis550oZ+so1ByULWm
+TmN5UTrhiCmbQ25M/HLAyGlln7y0J5nz23AgIBXTGu1tRMDgWJhJ2fN4U6jPyM9
LjxjCe8LEyTXcAbw/cRu0w+rO5PgsWMDMA+bosMCgYEAiZYiEHQ+LmkIPhU8KEbC
mz7xUVj3VeOOtOy//ShmEMDTBJNCKbPN4bU8nD1gOcivl53TWJX79stsr2Al1KO2
AEv9dOfaBnWbUUPqSpKiP0twH2ATmMaOxy/tetAmidLw8MRcavNnulSS8fqFr43a
bZyBw5GpwJM+WFTsyrmxMS0CgYEAsJPmoRXoEVDudFN7pT1uFs/ToerCOnTwsRrM
Y1uhNonvuoQVUpgsGbMnC8fW7Z+ztJsRECrLp8EBbkOAyapuXaRnszGWQ26j8y3r
fKFZBzjkBxpL/qhFWzeHdYr1jFt8rtXSpKc8YHWZp5XEbMX9c/oIuE5A9EblIfu5
WyS5a+UCgYBFy4IAC8obDStgOW5d7IaDPVM9NAnePkMFnDibt6tkW5ylsu2B6FgZ
W5vgk6zwlBvjGEUE6zmofWjGDDauhm3ySBWWym99hw8ZY8TDznU7ZnJ6h5EAqiLq
z39HqnnP99dRtkDEOZrZQqZU4tIYxqt32CKtEYa/cHNU8OdZhgYMQw==
-----END RSA PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDATCCAemgAwIBAgIUREbCENKDzWa054Xyzf8eQRgZCwkwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjgwOTI0NTZaGA8yMTI2MTEwNDA5
MjQ1NlowDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBAJM9q8bDCFnsRTIh3Q/wkQ2h9v+SiCewIPYr5Ai/n6DWR/gP/hlWj+sg
IyKJrXIG/sIEjzkx0JJUpXPaVYqnJXHljF6294LmNKJqKg7pZ89XY1TXD3+DEdPT
Cnb+YXfZpP72n1Tf1795xlwsX84qjm4zgYPWsx+J83sbLTCmIqZC3Mo8lYf7Ucr3
Ry1bSS3vKFXoStXvb7tr35fiKeyDz0akOaCUD8wxwZUd4xhXsfT+SCXm7YCFdmp6
H8ruR/WLkmVbf/2aMdCvWBMO16LiXuNeSiJ5KD/7UtVQP/30M+90kOtkNf9/oc+2
2QKDlyjvnFojb13d/uIr0fd8Sowv1+UCAwEAAaNTMFEwHQYDVR0OBBYEFBi6Gtpw
u1dc6YwUCjvFPJe9U9skMB8GA1UdIwQYMBaAFBi6Gtpwu1dc6YwUCjvFPJe9U9sk
MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBABdp8J/hY8T/04cm
63LXOPaJZuM/ovcm6xXO3gmVXsnWseEWGCh4TzSqrZJdNvm+dbYHjcatI08NZ3X+
Jy/U+e7wL/PYp2Ozdmw7WfT2vnXogT4/+hpA7RmobG2WtLTDzjh5rfiDqNLTbcNG
vbt4002CWtDtwJH9hEYMdtGH34nskiDOkaDRguBaB97oDH6n7dIj7l5MVon3rJYo
wHhAUokpuysIWO5NVPHjfxjJJaKXVvxxoJ5OW/08WEO9165x9q2xB0y5eHe2cMe4
mlWfEE/4S8o9ExojgvP8G1u4vatb/Fun5K0zd0PcgUWq/Fvv/6flA1xWgdO1Te3N
BMI7c/k=
-----END CERTIFICATE-----`;

module.exports = async () => {
  const data = Buffer.from("signed data");
  const key = crypto.createPrivateKey(PKCS8);
  check("details", [key.asymmetricKeyType, key.asymmetricKeyDetails.modulusLength, String(key.asymmetricKeyDetails.publicExponent)]);
  check("same key", [crypto.createPrivateKey(PKCS1).equals(key), crypto.createPublicKey(CERTIFICATE).equals(crypto.createPublicKey(PKCS8))]);
  check("exports", [key.export({ type: "pkcs8", format: "pem" }).trim() === PKCS8, key.export({ type: "pkcs1", format: "pem" }).trim() === PKCS1]);
  check("public", [crypto.createPublicKey(key).export({ type: "spki", format: "pem" }), crypto.createPublicKey(key).export({ type: "pkcs1", format: "der" }).toString("base64")]);
  check("jwk", key.export({ format: "jwk" }));
  check("from jwk", crypto.createPublicKey({ key: key.export({ format: "jwk" }), format: "jwk" }).equals(crypto.createPublicKey(key)));
  for (const hash of ["RSA-SHA256", "sha384", "RSA-SHA512", "sha1"]) {
    const signature = crypto.createSign(hash).update(data).sign(PKCS8, "base64");
    check(`sign ${hash}`, signature);
    check(`verify ${hash}`, [crypto.createVerify(hash).update(data).verify(CERTIFICATE, signature, "base64"), crypto.createVerify(hash).update("other").verify(PKCS1, signature, "base64")]);
  }
  check("sign at once", crypto.sign("sha256", data, PKCS1).toString("hex"));
  const pss = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST };
  check("pss", crypto.verify("sha256", data, { key: CERTIFICATE, ...pss }, crypto.sign("sha256", data, { key: PKCS8, ...pss })));
  for (const oaepHash of ["sha1", "sha256"]) {
    const sealed = crypto.publicEncrypt({ key: CERTIFICATE, oaepHash }, Buffer.from("secret"));
    check(`oaep ${oaepHash}`, [sealed.length, crypto.privateDecrypt({ key: PKCS8, oaepHash }, sealed).toString()]);
  }
  check("broken oaep", caught(() => crypto.privateDecrypt(PKCS8, Buffer.alloc(256, 1))));
  check("known oaep", crypto.privateDecrypt({ key: PKCS8, oaepHash: "sha256" }, Buffer.from(`NKm3HK6pTzj9NeII6ZPURCD8yssWXrKjtX9ldNdSnyeA/DlNGn5Thrtw4D+qOIjy2yXtL54MNCSFXuAKwPssFn/Yl2uHekSO9XK5PitWsa/4dWe3WPqZzooGODsjEKO9lZUFdqybcSJ/rt9Ae9X3wC68zD8FlQlVjauaggfkO3J7SRzmPKxiVEiqSg2qMwqWW9k1hBO92wPMWriYIv6Sa6L39j7QYrA7Rwm++D0UE1EaTNmQVjwg8k1clUG/v3ni/qEg66U87CD5v5LbvXLmynKd20f1hvoLgPqBhCD2r/P21sU90SLImFqc2z+v3xTGbor5X+XsHxgYdayaOuiFcg==`, "base64")).toString());

  const { subtle } = crypto.webcrypto;
  const der = key.export({ type: "pkcs8", format: "der" });
  const signing = await subtle.importKey("pkcs8", der, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["sign"]);
  check("subtle sign", Buffer.from(await subtle.sign("RSASSA-PKCS1-v1_5", signing, data)).toString("base64"));
  check("subtle algorithm", [signing.algorithm.name, signing.algorithm.modulusLength, [...signing.algorithm.publicExponent], signing.algorithm.hash]);
  const jwk = await subtle.exportKey("jwk", signing);
  check("subtle jwk", Object.fromEntries(Object.entries(jwk).sort()));
  const open = await subtle.importKey("jwk", { kty: "RSA", n: jwk.n, e: jwk.e }, { name: "RSA-OAEP", hash: "SHA-1" }, true, ["encrypt", "wrapKey"]);
  const secret = await subtle.importKey("pkcs8", der, { name: "RSA-OAEP", hash: "SHA-1" }, false, ["decrypt", "unwrapKey"]);
  const sealed = await subtle.encrypt({ name: "RSA-OAEP" }, open, Buffer.from("web"));
  check("subtle oaep", Buffer.from(await subtle.decrypt({ name: "RSA-OAEP" }, secret, sealed)).toString());
  const aes = await subtle.importKey("raw", Buffer.alloc(16, 7), "AES-GCM", true, ["encrypt"]);
  const wrapped = await subtle.wrapKey("raw", aes, open, { name: "RSA-OAEP" });
  const unwrapped = await subtle.unwrapKey("raw", wrapped, secret, { name: "RSA-OAEP" }, "AES-GCM", true, ["encrypt"]);
  check("subtle wrap", Buffer.from(await subtle.exportKey("raw", unwrapped)).toString("hex"));
  const pssKey = await subtle.importKey("pkcs8", der, { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]);
  check("subtle pss", crypto.verify("sha256", data, { key: CERTIFICATE, ...pss }, Buffer.from(await subtle.sign({ name: "RSA-PSS", saltLength: 32 }, pssKey, data))));
  check("spki", Buffer.from(await subtle.exportKey("spki", open)).toString("base64") === crypto.createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64"));
};
