//! Names of secrets and variables that a script reads and that it never gets.

use std::collections::BTreeSet;

use hookpoint_engine::{
    hook::HookBody,
    identifier::{HookName, SecretName, VariableName},
    publish::DesiredBinding,
};
use hookpoint_workspace::{Workspace, syntax::nearest};

/// Secrets that a script reads but does not list. They are `undefined` in every run.
pub(super) fn on_secrets(hook: &HookName, body: &HookBody) -> Vec<String> {
    let listed: Vec<&str> = body.secrets.iter().map(SecretName::as_str).collect();
    let read = read_from(body, "secrets");
    let unlisted = read.into_iter().filter(|name| !listed.contains(name));
    unlisted
        .filter_map(|name| {
            let remedy = match nearest(name, &listed) {
                Some(meant) => format!("did you mean `{meant}`?"),
                // Other objects have a member `secrets` too; names of secrets begin like this.
                None if name.starts_with(|first: char| first.is_ascii_uppercase()) => {
                    format!("add it to the hook's `secrets`, such as `secrets: [{name}]`")
                }
                None => return None,
            };
            Some(format!(
                "hook `{hook}`: the script reads the secret `{name}`, which the hook does not list, so it is `undefined`; {remedy}"
            ))
        })
        .collect()
}

/// Variables that a script reads and that are probably those of its binding or application in another spelling.
pub(super) fn on_variables(
    workspace: &Workspace,
    binding: &DesiredBinding,
    body: &HookBody,
) -> Vec<String> {
    let applications = workspace.desired().applications.iter();
    let of_applications = applications
        .filter(|application| application.targets().any(|target| target == binding.target))
        .flat_map(|application| application.variables.keys());
    let known = binding.variables.keys().chain(of_applications);
    let known: BTreeSet<&str> = known.map(VariableName::as_str).collect();
    let read = read_from(body, "variables");
    // What the script reads elsewhere is a variable of its own: the other one is optional.
    let candidates: Vec<&str> = known.difference(&read).copied().collect();
    read.difference(&known)
        .filter_map(|name| {
            let meant = nearest(name, &candidates)?;
            Some(format!(
                "binding `{}` at `{}`: the script reads the variable `{name}`, which is not set; did you mean `{meant}`?",
                binding.id, binding.stage
            ))
        })
        .collect()
}

/// The members of an object that a script reads by name, minified or not. Calls are left out: those are methods.
fn read_from<'a>(body: &'a HookBody, object: &str) -> BTreeSet<&'a str> {
    let Some(script) = body.implementation.as_script() else {
        return BTreeSet::new();
    };
    let source = script.source.as_str();
    let occurrences = source.match_indices(object).filter(|(start, _)| {
        let before = source[..*start].chars().next_back();
        !before.is_some_and(is_of_name)
    });
    occurrences
        .filter_map(|(start, _)| {
            let rest = &source[start + object.len()..];
            let rest = rest.strip_prefix('?').unwrap_or(rest);
            let rest = rest.strip_prefix('.')?;
            let end = rest.find(|character| !is_of_name(character));
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            let is_read = !name.is_empty() && !after.trim_start().starts_with('(');
            is_read.then_some(name)
        })
        .collect()
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || "_$".contains(character)
}

#[cfg(test)]
mod tests {
    use hookpoint_engine::testing::sample;

    use super::*;

    fn body(source: &str) -> HookBody {
        HookBody {
            secrets: vec!["CrmToken".parse().unwrap()],
            ..HookBody::clone(&sample::script_hook(source))
        }
    }

    #[test]
    fn members_are_found_in_written_and_minified_scripts() {
        for (source, expected) in [
            ("hook.secrets.CrmToken", vec!["CrmToken"]),
            ("t.secrets.A+`${t.secrets?.B}`", vec!["A", "B"]),
            ("const { secrets } = hook; send(secrets.A)", vec!["A"]),
            ("this.secrets.push(1), my_secrets.A, secretsOf.A", vec![]),
            ("hook.secrets, secrets.", vec![]),
        ] {
            let found: Vec<_> = read_from(&body(source), "secrets")
                .into_iter()
                .map(str::to_owned)
                .collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn a_secret_that_is_not_listed_is_named_with_what_was_meant() {
        let said = |source: &str| on_secrets(&"crm".parse().unwrap(), &body(source)).join("\n");
        assert_eq!(said("hook.secrets.CrmToken; cache.secrets.size"), "");
        assert!(said("hook.secrets.CrmTokn").ends_with("did you mean `CrmToken`?"));
        assert!(said("hook.secrets.ApiKey").ends_with("`secrets: [ApiKey]`"));
    }
}
