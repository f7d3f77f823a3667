//! Checks the meaning of the file: resolves names, and reports contradictions within it and with the catalogue.

mod application;
mod binding;
mod case;
mod hook;
mod local;
pub(crate) mod name;
mod response;
mod secret;
mod webhook;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hookpoint_engine::{
    identifier::{HookName, SecretName, StoreId},
    publish::{Desired, DesiredApplication},
};

use self::hook::CheckedHook;
pub(crate) use self::{
    binding::{BindingKey, check_stage},
    case::moment,
    hook::check_script as check_draft,
    local::check_host,
};
use crate::{
    files::Files,
    inline::InlineScript,
    local::LocalSettings,
    problem::Problems,
    raw::{RawHook, RawImplementation, RawWorkspace, ScriptSource},
};

/// A workspace after its check: what has no problems. Whole only if there were none.
pub(crate) struct Checked {
    pub(crate) desired: Desired,
    pub(crate) own_failures: HashSet<BindingKey>,
    pub(crate) local: LocalSettings,
    pub(crate) secrets: BTreeSet<SecretName>,
    /// The scripts inside the file.
    pub(crate) inline: BTreeMap<HookName, InlineScript>,
}

/// The declarations of the sections before the bindings. Entries with problems are still known by name, so that
/// references to them cause no second problem.
struct Declared {
    secrets: BTreeSet<SecretName>,
    stores: BTreeSet<StoreId>,
    applications: BTreeMap<String, Option<DesiredApplication>>,
    hooks: BTreeMap<String, Option<CheckedHook>>,
}

pub(crate) fn check(
    raw: &RawWorkspace,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Checked {
    let local = local::check(&raw.local, files, problems);
    let secrets: BTreeSet<SecretName> = name::all(&raw.secrets, problems);
    let stores: BTreeSet<StoreId> = name::all(&raw.stores, problems);
    let applications = raw
        .applications
        .iter()
        .map(|raw| {
            (
                raw.id.value.clone(),
                application::check(raw, &stores, problems),
            )
        })
        .collect();
    let of_applications = raw.applications.iter().flat_map(|raw| &raw.variables);
    let of_bindings = raw.bindings.iter().flat_map(|raw| &raw.variables);
    let variables = of_applications
        .chain(of_bindings)
        .map(|(name, _)| name.value.as_str())
        .collect();
    let mut flawed = BTreeSet::new();
    let hooks = raw
        .hooks
        .iter()
        .map(|raw| {
            let before = problems.count();
            let checked = hook::check(raw, &secrets, &variables, &local, files, problems);
            if problems.count() > before {
                flawed.insert(raw.name.value.as_str());
            }
            (raw.name.value.clone(), checked)
        })
        .collect();
    let declared = Declared {
        secrets,
        stores,
        applications,
        hooks,
    };
    let checked = binding::check_all(&raw.bindings, &declared, files, problems);
    secret::check_all_used(raw, &declared, problems);

    // In the order of the file, which the map does not keep.
    let applications = raw
        .applications
        .iter()
        .filter_map(|raw| declared.applications.get(&raw.id.value).cloned().flatten())
        .collect();
    let hooks = declared.hooks.into_values().flatten();
    let mut desired = Desired {
        applications,
        stores: declared.stores,
        hooks: hooks.map(|hook| (hook.name, hook.body)).collect(),
        bindings: checked.bindings,
    };
    desired
        .hooks
        .retain(|name, _| !flawed.contains(name.as_str()));
    let inline = raw
        .hooks
        .iter()
        .filter_map(|raw| inline_script(raw, problems));
    let inline = inline.collect();
    Checked {
        desired,
        own_failures: checked.own_failures,
        local,
        secrets: declared.secrets,
        inline,
    }
}

/// The script of a hook that is written inside the file.
fn inline_script(raw: &RawHook, problems: &Problems<'_>) -> Option<(HookName, InlineScript)> {
    let Some(RawImplementation::Script(script)) = &raw.implementation else {
        return None;
    };
    let ScriptSource::Inline(source) = &script.source else {
        return None;
    };
    let name = raw.name.value.parse().ok()?;
    Some((name, problems.inline(source)))
}
