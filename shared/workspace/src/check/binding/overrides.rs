//! Variables and secrets: hooks get what they need, and bindings set nothing superfluous.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::binding::Target,
    hook::{Implementation, template::Template},
    identifier::{SecretName, VariableName},
    publish::DesiredApplication,
};

use crate::{
    check::{Declared, hook::CheckedHook, name, secret},
    problem::Problems,
    raw::RawBinding,
    suggestion,
};

/// Checks the secrets that a binding replaces.
pub(super) fn check_secrets(
    raw: &RawBinding,
    declared: &Declared,
    problems: &mut Problems<'_>,
) -> Vec<(SecretName, SecretName)> {
    raw.secrets
        .iter()
        .filter_map(|(used, instead)| {
            let instead_name = secret::check_known(instead, &declared.secrets, problems);
            let used_name = name::check(used, problems)?;
            if used.value == instead.value {
                problems.push(
                    instead.place,
                    format!("secret `{}` replaces itself", used.value),
                    "remove the line, or name another secret",
                );
            }
            Some((used_name, instead_name?))
        })
        .collect()
}

/// Compares what the hook uses with what the binding and its applications provide.
pub(super) fn check_use(
    raw: &RawBinding,
    hook: &CheckedHook,
    target: Option<&Target>,
    declared: &Declared,
    problems: &mut Problems<'_>,
) {
    let secrets: BTreeSet<&str> = hook.body.secrets.iter().map(SecretName::as_str).collect();
    for (used, _) in &raw.secrets {
        if !secrets.contains(used.value.as_str()) {
            problems.push(
                used.place,
                format!(
                    "hook `{}` (line {}) uses no secret `{}`",
                    hook.name, hook.place.line, used.value
                ),
                not_used(&used.value, &secrets),
            );
        }
    }
    let Some(variables) = variables_of(hook) else {
        return;
    };
    for (set, _) in &raw.variables {
        if !variables.contains(set.value.as_str()) {
            problems.push(
                set.place,
                format!(
                    "hook `{}` (line {}) uses no variable `{}`",
                    hook.name, hook.place.line, set.value
                ),
                not_used(&set.value, &variables),
            );
        }
    }
    if problems.leaves_out("variable") {
        return;
    }
    let missing = |name: &&&str| raw.variables.iter().all(|(set, _)| set.value != ***name);
    let needed: Vec<&str> = variables.iter().filter(missing).copied().collect();
    for application in target
        .into_iter()
        .flat_map(|target| applications_of(target, declared))
    {
        for variable in &needed {
            if application
                .variables
                .keys()
                .any(|known| known.as_str() == *variable)
            {
                continue;
            }
            let place = raw.hook.as_ref().map_or(raw.place, |text| text.place);
            problems.push(
                place,
                format!(
                    "hook `{}` uses variable `{variable}`, which neither application `{}` nor this binding sets",
                    hook.name, application.id
                ),
                format!("add `{variable}: …` to the `variables` of one of them"),
            );
        }
    }
}

fn not_used(name: &str, used: &BTreeSet<&str>) -> String {
    if used.is_empty() {
        "remove the line: the hook uses none".to_owned()
    } else {
        suggestion::for_unknown(name, "name", used.iter().copied())
    }
}

/// The variables a hook uses; `None` for a script, which may read any.
fn variables_of(hook: &CheckedHook) -> Option<BTreeSet<&str>> {
    match &hook.body.implementation {
        Implementation::Static(_) => Some(BTreeSet::new()),
        Implementation::Webhook(webhook) => Some(
            std::iter::once(&webhook.url)
                .chain(webhook.headers.iter().map(|(_, value)| value))
                .flat_map(Template::variables)
                .map(VariableName::as_str)
                .collect(),
        ),
        Implementation::Script(_) => None,
    }
}

/// The applications of this workspace whose events reach the target.
fn applications_of<'a>(
    target: &'a Target,
    declared: &'a Declared,
) -> impl Iterator<Item = &'a DesiredApplication> {
    declared
        .applications
        .values()
        .flatten()
        .filter(move |application| match target {
            Target::Application(id) => application.id == *id,
            Target::Store(store) => application.identity_store.as_ref() == Some(store),
        })
}
