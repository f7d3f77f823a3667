// libphonenumber-js
import { AsYouType, parsePhoneNumberFromString } from "libphonenumber-js";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  const number = parsePhoneNumberFromString("0664 1234567", "AT");
  check("parsed", [number.number, number.isValid(), number.formatInternational(), number.country]);
  check("typed", new AsYouType("US").input("2133734253"));
  check("nothing", parsePhoneNumberFromString("abc") === undefined);
};
