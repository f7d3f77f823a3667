// Lets contacts of the CRM register, and nobody else. In the form of Strivacity's samples.
const rp = require("request-promise-native");

const REGISTER_WITHOUT_CRM = false;

module.exports = async function ({ customer, session }, callback, deny) {
  const email = customer.attributes.emails.primaryEmail;
  let found;
  try {
    found = await rp({
      method: "POST",
      uri: `${hook.variables.CrmUrl}/crm/v3/objects/contacts/search`,
      auth: { bearer: hook.secrets.CrmToken },
      body: { filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: email }] }], properties: ["tier"], limit: 1 },
      json: true,
    });
  } catch (error) {
    console.log("the CRM failed:", error.name, error.statusCode ?? error.cause?.code);
    if (!REGISTER_WITHOUT_CRM) return deny("crm-unavailable", "Please come back in a few minutes.");
    return callback(new RegistrationData(customer.attributes, [], session));
  }
  if (found.total === 0) return callback(new ShowErrorMessage("Please ask us for an invitation.", session));
  const [{ id, properties }] = found.results;
  callback(new RegistrationData({ ...customer.attributes, contactId: id, tier: properties.tier }, [], session));
};
