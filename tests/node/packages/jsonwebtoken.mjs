// jsonwebtoken
import jwt from "jsonwebtoken";
import { generateKeyPairSync } from "node:crypto";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  const token = jwt.sign({ sub: "s", iat: 1700000000 }, "secret");
  check("HS256", token);
  check("verify", [jwt.verify(token, "secret"), (() => { try { jwt.verify(token, "other"); } catch (error) { return [error.name, error.message]; } })()]);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  check("ES256", jwt.verify(jwt.sign({ a: 1 }, privateKey, { algorithm: "ES256", noTimestamp: true }), publicKey));
  check("expired", (() => { try { jwt.verify(jwt.sign({ exp: 1 }, "k"), "k"); } catch (error) { return error.name; } })());
  check("decode", jwt.decode(token, { complete: true }).header);
};
