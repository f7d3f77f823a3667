//! Targets of bindings, and whether the stage exists there.

use hookpoint_engine::{
    application::{ApplicationKind, binding::Target},
    identifier::StoreId,
    publish::DesiredApplication,
    stages::{Family, Stage, StageDefinition, TargetRule},
};

use crate::{
    check::{Declared, name},
    problem::Problems,
    raw::{RawBinding, Text},
};

pub(super) fn check(
    raw: &RawBinding,
    stage: Option<Stage>,
    declared: &Declared,
    problems: &mut Problems<'_>,
) -> Option<Target> {
    // Reported at the stage, which is what does not fit.
    let stage = stage
        .zip(raw.stage.as_ref())
        .map(|(stage, text)| (stage.definition(), text));
    match (&raw.application, &raw.store) {
        (Some(text), None) => {
            let Some(application) = declared.applications.get(&text.value) else {
                let known = declared.applications.keys().map(String::as_str);
                name::unknown(text, "application", known, problems);
                return None;
            };
            let application = application.as_ref()?;
            if let Some((definition, at)) = stage {
                check_application(application, definition, at, problems);
            }
            Some(Target::Application(application.id.clone()))
        }
        (None, Some(text)) => {
            let Some(store) = name::find(text, &declared.stores) else {
                let known = declared.stores.iter().map(StoreId::as_str);
                name::unknown(text, "store", known, problems);
                return None;
            };
            if let Some((definition, at)) = stage
                && definition.family == Family::Conversation
            {
                problems.push(
                    at.place,
                    format!("`{}` never happens in an identity store", definition.id),
                    "bind it on a conversation application: `application: …`",
                );
            }
            Some(Target::Store(store.clone()))
        }
        _ => None,
    }
}

fn check_application(
    application: &DesiredApplication,
    definition: &StageDefinition,
    at: &Text,
    problems: &mut Problems<'_>,
) {
    let DesiredApplication { id, kind, .. } = application;
    if kind.family() != definition.family {
        problems.push(
            at.place,
            format!(
                "`{}` never happens in `{id}`: it belongs to {} applications",
                definition.id, definition.family
            ),
            format!(
                "`{id}` has the {} stages; choose one of them or another application",
                kind.family()
            ),
        );
    } else if definition.target == TargetRule::StoreOnly && *kind == ApplicationKind::Identity {
        let store = match &application.identity_store {
            Some(store) => format!("write `store: {store}`"),
            None => format!("give `{id}` an `identityStore` and write `store: …`"),
        };
        problems.push(
            at.place,
            format!(
                "`{}` is bound on an identity store, not on an application",
                definition.id
            ),
            format!("{store} in place of `application: {id}`"),
        );
    }
}
