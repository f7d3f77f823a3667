//! The event as seen by the hooks of a wave.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::{confidential::Confidential, hook::planned::Planned, record::Kept};

/// An event body at one point of the chain.
#[derive(Default)]
pub(crate) struct SeenEvent {
    members: Map<String, Value>,
    /// Serialised once for all webhooks; empty if there are none.
    text: Vec<u8>,
    /// The redacted body for records, computed once.
    kept: OnceLock<Map<String, Value>>,
}

impl SeenEvent {
    /// Prepares an event for these hooks.
    pub(crate) fn new(members: Map<String, Value>, hooks: &[Planned]) -> Self {
        let is_posted = |planned: &Planned| planned.hook.body.implementation.posts_event();
        let text = if hooks.iter().any(is_posted) {
            // Serialising JSON values into memory cannot fail.
            serde_json::to_vec(&members).unwrap_or_default()
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
            .get_or_init(|| confidential.kept_event(self.members.clone()));
        Box::new(Kept {
            event: event.clone(),
            response: confidential.shown_effects(response),
            ..Kept::default()
        })
    }
}
