//! The event as the hooks of a wave see it.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::{confidential::Confidential, hook::planned::Planned, record::Kept};

/// The body of an event at some point of the chain.
#[derive(Default)]
pub(crate) struct SeenEvent {
    members: Map<String, Value>,
    /// Serialised once for all webhooks; empty where there is none.
    text: Vec<u8>,
    /// What records keep of it, made for the first one.
    kept: OnceLock<Map<String, Value>>,
}

impl SeenEvent {
    /// An event for these hooks.
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

    /// What a record keeps of the event and of a response to it.
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
        })
    }
}
