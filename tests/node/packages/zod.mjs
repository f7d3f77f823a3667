// zod
import { z } from "zod";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default () => {
  const schema = z.object({ email: z.email(), age: z.number().int().min(18).optional(), tags: z.array(z.string()).default([]) });
  check("parsed", schema.parse({ email: "a@b.test", age: 20 }));
  const wrong = schema.safeParse({ email: "nope", age: 3.5 });
  check("refused", wrong.error.issues.map((issue) => [issue.path, issue.code]));
  check("transformed", z.string().transform((text) => text.length).pipe(z.number().max(3)).safeParse("abcd").success);
};
