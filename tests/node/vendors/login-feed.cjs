// Tells a channel of Slack about each login. In the form of Strivacity's samples.
const Slack = require("node-slackr");

module.exports = async function ({ application, customer }) {
  const slack = new Slack(hook.secrets.SlackUrl, { channel: "#logins", username: "logins" });
  const message = {
    text: `${customer.info.user_name ?? customer.info.userName} logged in to ${application.name}`,
    attachments: [{ fields: [{ title: "From", value: `${customer.location.city}, ${customer.location.country}`, short: true }] }],
  };
  await new Promise((resolve, reject) => {
    slack.notify(message, (error, answer) => (error ? reject(new Error(`Slack: ${error.message ?? error}`)) : resolve(answer)));
  });
};
