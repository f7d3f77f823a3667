// Puts groups, and the roles that follow from them, into the token or assertion.
import type { Events, Hook, Results } from "../../../hookpoint";

type Stage = "beforeIdTokenGeneration" | "afterTokenRefresh" | "beforeSaml2AssertionGeneration";

/** The most values of a claim: tokens travel in headers of limited size. */
const MOST_VALUES = 100;
const MOST_CHARACTERS = 200;

export default function rolesToClaims(event: Events[Stage], hook: Hook): Results[Stage] | undefined {
  const isAssertion = event.eventType === "beforeSaml2AssertionGeneration";
  const current = (isAssertion ? event.assertionAttributes : event.claims) ?? {};
  const groups = groupsOf(event, hook);
  const roles = rolesOf(groups, hook.variables.RolesMap ?? "");
  const rolesName = isAssertion ? (hook.variables.RolesAttribute ?? "Role") : (hook.variables.RolesClaim ?? "roles");
  const groupsName = isAssertion
    ? (hook.variables.RolesGroupsAttribute ?? "memberOf")
    : (hook.variables.RolesGroupsClaim ?? "groups");

  const set: Record<string, string | string[]> = {};
  const remove: string[] = [];
  const claims = [
    [rolesName, roles],
    [groupsName, groups],
  ] as const;
  for (const [name, values] of claims) {
    if (name === "") continue;
    if (values.length > MOST_VALUES) console.warn(`${name} has the first ${MOST_VALUES} of ${values.length} values`);
    const some = values.slice(0, MOST_VALUES);
    if (some.length > 0) set[name] = hook.variables.RolesFormat === "text" ? some.join(" ") : some;
    // Left over from an earlier token: a customer who is in no group any more keeps no role.
    else if (Object.hasOwn(current, name)) remove.push(name);
  }
  if (Object.keys(set).length === 0 && remove.length === 0) return undefined;
  return { claims: { set, remove } };
}

/** The customer's groups, each once, in the order of the event. */
function groupsOf(event: Events[Stage], hook: Hook): string[] {
  const prefix = hook.variables.RolesPrefix ?? "";
  const member = hook.variables.RolesGroupBy === "id" ? "id" : "name";
  const names = (event.customer?.groups ?? [])
    .map((group): unknown => group[member])
    .filter((name): name is string => typeof name === "string" && name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    // A name with a separator in it would be several names to a reader of texts.
    .filter((name) => isWhole(name, hook.variables.RolesFormat === "text"));
  return [...new Set(names)];
}

function isWhole(name: string, isText: boolean): boolean {
  return name !== "" && name.length <= MOST_CHARACTERS && !(isText ? /\s/ : /[\u0000-\u001f\u007f]/).test(name);
}

/** The roles of all rows of `staff=editor, admin; customers=buyer` that name a group, each once. */
function rolesOf(groups: string[], map: string): string[] {
  const roles = map.split(";").flatMap((row) => {
    const at = row.indexOf("=");
    return at > 0 && groups.includes(row.slice(0, at).trim()) ? row.slice(at + 1).split(",") : [];
  });
  return [...new Set(roles.map((role) => role.trim()).filter((role) => role !== ""))];
}
