// Asks a risk service about the customer. In the form of Strivacity's samples.
const axios = require("axios-0.26");

module.exports = async function ({ application, customer, session }, callback, deny) {
  const client = axios.create({ baseURL: hook.variables.RiskUrl, timeout: 2000, headers: { "X-Site": application.client_id } });
  try {
    const { data } = await client.post("/insights", {
      apikey: hook.secrets.RiskKey,
      ip: customer.ip_address,
      email: customer.attributes.emails.primaryEmail,
      action: "auth.registration",
    });
    if (data.data.score === "TRUSTED") return callback(new RegistrationData(customer.attributes, [], { ...session, score: data.data.score }));
    deny("risk", `Your registration needs a review (${data.data.reasons.join(", ")}).`);
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    console.log("the risk service failed:", error.message);
    callback(new ShowErrorMessage("Please come back in a few minutes.", session));
  }
};
