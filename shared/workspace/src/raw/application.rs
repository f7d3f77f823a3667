//! The syntax of applications.

use super::{Text, Texts, fields::Fields};
use crate::{document::Entry, problem::Problems};

/// One entry of `applications`.
pub(crate) struct RawApplication {
    pub(crate) id: Text,
    pub(crate) name: Option<Text>,
    pub(crate) kind: Option<Text>,
    pub(crate) identity_store: Option<Text>,
    pub(crate) variables: Texts,
    pub(crate) keep_events: Option<bool>,
}

impl RawApplication {
    pub(super) fn read(entry: &Entry, problems: &mut Problems<'_>) -> Option<Self> {
        let fields = Fields::of(
            &entry.node,
            "an application",
            entry.key.place,
            &["name", "kind", "identityStore", "variables", "keepEvents"],
            problems,
        )?;
        if fields.is_misspelt("variables") {
            problems.leave_out_unknown("variable");
        }
        fields.required("kind", "conversation` or `kind: identity", problems);
        Some(Self {
            id: entry.key.clone(),
            name: fields.text("name", problems),
            kind: fields.text("kind", problems),
            identity_store: fields.text("identityStore", problems),
            variables: fields.texts("variables", problems),
            keep_events: fields.boolean("keepEvents", problems),
        })
    }
}
