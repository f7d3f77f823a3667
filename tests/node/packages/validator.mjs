// validator
import validator from "validator";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  check("is", [validator.isEmail("a@b.test"), validator.isEmail("nope"), validator.isURL("https://a.test/x"), validator.isIBAN("AT611904300234573201"), validator.isMobilePhone("+436641234567", "de-AT"), validator.isUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), validator.isStrongPassword("aB3$xxxxx")]);
  check("clean", [validator.normalizeEmail("Some.Body+tag@GoogleMail.com"), validator.escape("<a>"), validator.trim("  a ")]);
  check("dates", validator.isISO8601("2024-02-30", { strict: true }));
};
