//! Checks that all secrets used are declared, and all declared ones used.

use std::collections::BTreeSet;

use hookpoint_engine::identifier::SecretName;

use super::{Declared, name};
use crate::{
    problem::Problems,
    raw::{RawWorkspace, Text},
    suggestion,
};

/// Finds the declared secret that a text names.
pub(super) fn check_known(
    text: &Text,
    declared: &BTreeSet<SecretName>,
    problems: &mut Problems<'_>,
) -> Option<SecretName> {
    let known = name::find(text, declared);
    if known.is_none() {
        let names = || declared.iter().map(SecretName::as_str);
        name::unknown(text, "secret", names(), problems);
        if let Some(meant) = suggestion::meant(&text.value, names()) {
            problems.means(meant);
        }
    }
    known.cloned()
}

/// Reports declared secrets that no hook and no binding uses.
pub(super) fn check_all_used(raw: &RawWorkspace, declared: &Declared, problems: &mut Problems<'_>) {
    if !raw.references_known || declared.hooks.values().any(Option::is_none) {
        // Which secrets are used is unknown: the problems of the hooks come first.
        return;
    }
    let in_hooks = declared
        .hooks
        .values()
        .flatten()
        .flat_map(|hook| hook.body.secrets.iter().map(SecretName::as_str));
    let in_bindings = raw
        .bindings
        .iter()
        .flat_map(|binding| binding.secrets.iter().map(|(_, by)| by.value.as_str()));
    let used: BTreeSet<&str> = in_hooks.chain(in_bindings).collect();
    for text in &raw.secrets {
        // A misspelt reference is the cause, and says what to do.
        if !used.contains(text.value.as_str()) && !problems.is_meant(&text.value) {
            problems.push(
                text.place,
                format!("no hook uses secret `{}`", text.value),
                "remove it from `secrets`, or refer to it in a webhook (`{Name:Secret}` or `signingSecrets`) or list it under a script's `secrets` or `optionalSecrets`",
            );
        }
    }
}
