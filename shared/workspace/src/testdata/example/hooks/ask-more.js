export default async function (event, hook) {
  if (event.continueContext) return { attributes: { birthday: event.continueContext.values.birthday } };
  return { profilingSteps: [{ id: "birthday", fields: [{ id: "birthday", label: "Your birthday", type: "date" }] }] };
}
