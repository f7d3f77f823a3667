//! Messages that are not jobs.

use std::fmt;

use serde_json::Value;

/// A message in the queue that cannot be read: damaged, or written by a newer version.
#[derive(Clone, PartialEq, Eq)]
pub struct NotAJob {
    /// Why it cannot be read.
    pub reason: String,
    /// The message itself. It may contain personal data.
    pub message: String,
    /// Whether a newer version wrote it. The worker postpones such a message until it is upgraded.
    pub is_newer: bool,
}

impl NotAJob {
    /// The text or number at a JSON pointer (RFC 6901) of the message, if the message is JSON and has one there.
    pub fn text_at(&self, pointer: &str) -> Option<String> {
        let message: Value = serde_json::from_str(&self.message).ok()?;
        match message.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

impl fmt::Debug for NotAJob {
    /// Omits the message.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NotAJob")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}
