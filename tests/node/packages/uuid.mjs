// uuid
import { parse, v3, v4, v5, v7, validate, version } from "uuid";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  check("named", [v5("name", v5.URL), v3("name", v3.DNS)]);
  check("random", [validate(v4()), version(v4()), version(v7())]);
  check("bytes", [...parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8")]);
};
