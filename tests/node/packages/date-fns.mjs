// date-fns
import { addDays, differenceInYears, format, formatDistance, isBefore, parseISO } from "date-fns";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  const date = parseISO("2024-02-28T10:00:00Z");
  check("format", format(addDays(date, 2), "yyyy-MM-dd EEEE HH:mm"));
  check("age", differenceInYears(date, parseISO("2006-03-01")));
  check("distance", [formatDistance(date, addDays(date, 40)), isBefore(date, addDays(date, 1))]);
};
