//! Checks of applications.

use std::collections::BTreeSet;

use hookpoint_engine::{
    application::ApplicationKind,
    identifier::{StoreId, VariableName},
    publish::DesiredApplication,
};

use super::name;
use crate::{
    problem::Problems,
    raw::{RawApplication, Text, Texts},
};

pub(super) fn check(
    raw: &RawApplication,
    stores: &BTreeSet<StoreId>,
    problems: &mut Problems<'_>,
) -> Option<DesiredApplication> {
    let id = name::check(&raw.id, problems);
    let kind = raw
        .kind
        .as_ref()
        .and_then(|kind| check_kind(kind, problems));
    let identity_store = raw
        .identity_store
        .as_ref()
        .and_then(|store| check_store(store, kind, stores, problems));
    let variables = check_variables(&raw.variables, problems);
    let name = raw.name.as_ref().unwrap_or(&raw.id).value.clone();
    Some(DesiredApplication {
        id: id?,
        name,
        kind: kind?,
        identity_store,
        variables: variables.into_iter().collect(),
        keep_events: raw.keep_events.unwrap_or(false),
    })
}

/// Checks the variables of an application or a binding.
pub(super) fn check_variables(
    texts: &Texts,
    problems: &mut Problems<'_>,
) -> Vec<(VariableName, String)> {
    texts
        .iter()
        .filter_map(|(name, value)| Some((name::check(name, problems)?, value.value.clone())))
        .collect()
}

fn check_kind(kind: &Text, problems: &mut Problems<'_>) -> Option<ApplicationKind> {
    match kind.value.as_str() {
        "conversation" => Some(ApplicationKind::Conversation),
        "identity" => Some(ApplicationKind::Identity),
        _ => {
            let known = ["conversation", "identity"];
            name::unknown(kind, "kind of application", known, problems);
            None
        }
    }
}

fn check_store(
    store: &Text,
    kind: Option<ApplicationKind>,
    stores: &BTreeSet<StoreId>,
    problems: &mut Problems<'_>,
) -> Option<StoreId> {
    if kind == Some(ApplicationKind::Conversation) {
        problems.push(
            store.place,
            "a conversation application has no identity store",
            "remove `identityStore`, or make the application `kind: identity`",
        );
        return None;
    }
    let known = name::find(store, stores);
    if known.is_none() {
        name::unknown(store, "store", stores.iter().map(StoreId::as_str), problems);
    }
    known.cloned()
}
