// ajv, as standalone code
const validate = require("./schema.cjs");

const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
module.exports = () => {
  const good = { email: "alice@example.com", name: { family: "Moser" } };
  for (const [name, value] of Object.entries({
    good,
    nothing: {},
    text: "text",
    emoji: { ...good, email: "🦀@" },
    pattern: { ...good, email: "a b@c" },
    reference: { ...good, name: { family: "" } },
    age: { ...good, age: 17.5 },
    tags: { ...good, tags: ["new", "new", { level: 1 }, { level: 2 }] },
    both: { ...good, contact: { phone: 1, post: 2 } },
    more: { ...good, more: 1 },
  })) check(name, [validate(value), validate.errors]);
};
