// A hook as one would write it for Node.js.
import { answer, application, binding, request, secret } from "./reads.mjs";
import { serve } from "./runtime.mjs";

serve(async (event) => {
  const [{ ingestKeys }, hook] = await Promise.all([application(), binding()]);
  if (ingestKeys.length === 0 || !event.headers.authorization) return { statusCode: 401 };
  if (!hook.url) return answer(hook.response);
  const token = await secret(hook.secret);
  const response = await fetch(hook.url, { ...request(token), body: event.body });
  return answer(await response.json());
});
