// Sends the customer to a provider that checks identities, and looks at the ID token on return. In the form of Strivacity's samples.
const { randomBytes } = require("crypto");
const axios = require("axios-0.26");
const jwt = require("jsonwebtoken");
const jwksRsa = require("jwks-rsa");
const qs = require("qs");

function verified(idToken, nonce) {
  const { Provider, ClientId } = hook.variables;
  const client = jwksRsa({ jwksUri: `${Provider}/jwks`, cache: true, rateLimit: true });
  const key = ({ kid }, done) => client.getSigningKey(kid, (error, found) => (error ? done(error) : done(null, found.getPublicKey())));
  return new Promise((resolve, reject) => {
    jwt.verify(idToken, key, { algorithms: ["RS256"], audience: ClientId, issuer: Provider, nonce }, (error, claims) => (error ? reject(error) : resolve(claims)));
  });
}

module.exports = async function ({ customer, session, continue_context, continue_request_parameters }, callback, deny) {
  const { Provider, ClientId, LoginPage } = hook.variables;
  const { callback_url, state } = continue_request_parameters;
  if (!continue_context) {
    const nonce = randomBytes(16).toString("hex");
    const query = qs.stringify({ client_id: ClientId, redirect_uri: callback_url, response_type: "code", scope: "openid", state, nonce });
    return callback(new RedirectRequest(`${LoginPage}?${query}`, { ...session, nonce }));
  }
  try {
    if (continue_context.state !== state) throw new Error("another customer's state");
    const { data } = await axios.post(`${Provider}/token`, qs.stringify({ grant_type: "authorization_code", code: continue_context.code, redirect_uri: callback_url }), {
      auth: { username: ClientId, password: hook.secrets.ClientSecret },
    });
    const claims = await verified(data.id_token, session.nonce);
    if (claims.policyDecision !== "approve") return deny("identity-not-proven", "We could not check who you are.");
    callback(new RegistrationData({ ...customer.attributes, identity: { provider: claims.iss, subject: claims.sub } }, [], { checked: true }));
  } catch (error) {
    console.log("no proof:", error.name, error.response?.status ?? error.message);
    deny("identity-check-failed", "Please come back in a few minutes.");
  }
};
