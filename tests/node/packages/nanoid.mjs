// nanoid
import { customAlphabet, nanoid } from "nanoid";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  check("length", [nanoid().length, nanoid(5).length]);
  check("alphabet", /^[ab]{20}$/.test(customAlphabet("ab", 20)()));
  check("unlike", nanoid() !== nanoid());
};
