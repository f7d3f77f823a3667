//! The event as seen by the hooks of a wave.

use std::{borrow::Cow, sync::OnceLock};

use serde_json::{Map, Value};

use crate::{confidential::Confidential, hook::planned::Planned, record::Kept};

/// An event body at one point of the chain.
pub(crate) struct SeenEvent<'a> {
    members: Cow<'a, Map<String, Value>>,
    /// Serialised once for all webhooks; empty if there are none.
    text: Vec<u8>,
    /// The redacted body for records, computed once.
    kept: OnceLock<Map<String, Value>>,
}

impl<'a> SeenEvent<'a> {
    /// Prepares an event for these hooks.
    pub(crate) fn new(members: Cow<'a, Map<String, Value>>, hooks: &[Planned]) -> Self {
        let is_posted = |planned: &Planned| planned.hook.body.implementation.posts_event();
        let text = if hooks.iter().any(is_posted) {
            // Serialising JSON values into memory cannot fail.
            serde_json::to_vec(members.as_ref()).unwrap_or_default()
        } else {
            Vec::new()
        };
        Self {
            members,
            text,
            kept: OnceLock::new(),
        }
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The redacted event and response for a record.
    pub(super) fn kept(
        &self,
        confidential: &Confidential<'_>,
        response: Map<String, Value>,
    ) -> Box<Kept> {
        let event = self
            .kept
            .get_or_init(|| confidential.kept_event(self.members.clone().into_owned()));
        Box::new(Kept {
            event: event.clone(),
            response: confidential.shown_effects(response),
            ..Kept::default()
        })
    }
}
