// ajv, which compiles the schema in the sandbox.
import Ajv from "ajv";

export default () => {
  const validate = new Ajv({ logger: false }).compile({ type: "object", required: ["email"] });
  console.log(validate({}));
};
