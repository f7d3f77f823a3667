//! The audit trail: who changed what.
//!
//! Publications have records of their own, written with their changes ([`PublicationRecord`]). An [`AuditEntry`]
//! records anything else that an operator does: keys, pauses, secrets, deletions of hooks, replays, dead letters,
//! waiting deliveries, exports. It names no person whom events are about, and holds no secret's value.
//!
//! [`PublicationRecord`]: crate::publish::PublicationRecord

#[cfg(test)]
mod tests;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ulid::Ulid;
use uuid::Uuid;

use crate::{
    format::{self, Unreadable},
    identifier::ApplicationId,
    timestamp::{milliseconds, time_of},
};

/// Format number of stored entries.
const FORMAT: u8 = 1;
/// How long entries are kept: a year and a month, so that an audit of the last year finds all of it.
pub const AUDIT_RETENTION: Duration = Duration::from_hours(24 * 400);
/// Maximum number of characters of [`AuditEntry::what`]. A longer text is cut.
const LONGEST: usize = 20_000;

/// A ULID: sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuditId(Ulid);

/// A text that is not the id of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not the id of an entry of the audit trail")]
pub struct InvalidAuditId(String);

impl AuditId {
    /// Creates a unique id for the given time.
    pub fn new(now: SystemTime) -> Self {
        let random = Uuid::new_v4().as_u128();
        Self(Ulid::from_parts(milliseconds(now), random))
    }

    /// Sorts before every id of this time or later, and after all earlier ones.
    pub fn first_at(time: SystemTime) -> Self {
        Self(Ulid::from_parts(milliseconds(time), 0))
    }

    /// When the entry was made.
    pub fn time(&self) -> SystemTime {
        time_of(self.0.timestamp_ms())
    }
}

impl fmt::Display for AuditId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for AuditId {
    type Error = InvalidAuditId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = Ulid::from_string(&text).ok().map(Self);
        id.ok_or_else(|| InvalidAuditId(text.chars().take(80).collect()))
    }
}

impl From<AuditId> for String {
    fn from(id: AuditId) -> Self {
        id.to_string()
    }
}

/// What an operator did, publications aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditAction {
    /// An ingest key was created.
    CreateKey,
    /// An ingest key was revoked.
    RevokeKey,
    /// Hooks were paused.
    Pause,
    /// Pauses were lifted, or marks of gone endpoints cleared.
    Resume,
    /// A secret got a value.
    SetSecret,
    /// A secret was removed.
    RemoveSecret,
    /// Every version of a hook was deleted.
    DeleteHook,
    /// A hook was run again on a kept event.
    Replay,
    /// Dead letters were sent again.
    Redrive,
    /// Dead letters were deleted.
    DropDeadLetters,
    /// A waiting delivery was cancelled.
    CancelDelivery,
    /// A waiting delivery was made due at once.
    RetryDelivery,
    /// What is stored about a person was shown.
    ExportSubject,
    /// An action unknown to this version.
    #[serde(other)]
    Other,
}

impl AuditAction {
    /// The stored word, such as `create-key`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateKey => "create-key",
            Self::RevokeKey => "revoke-key",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::SetSecret => "set-secret",
            Self::RemoveSecret => "remove-secret",
            Self::DeleteHook => "delete-hook",
            Self::Replay => "replay",
            Self::Redrive => "redrive",
            Self::DropDeadLetters => "drop-dead-letters",
            Self::CancelDelivery => "cancel-delivery",
            Self::RetryDelivery => "retry-delivery",
            Self::ExportSubject => "export-subject",
            Self::Other => "other",
        }
    }
}

/// Who did what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    v: u8,
    /// Its id, with the time.
    pub id: AuditId,
    /// The AWS identity, or the user of the machine.
    pub by: String,
    /// What was done.
    pub action: AuditAction,
    /// The application that it concerns; absent if it concerns none, or several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationId>,
    /// What it was done to, such as `key 0123456789ab`.
    pub what: String,
}

impl AuditEntry {
    /// Creates an entry for an action taken now. A long `what` is cut.
    pub fn new(
        now: SystemTime,
        by: String,
        action: AuditAction,
        application: Option<ApplicationId>,
        what: &str,
    ) -> Self {
        let mut said: String = what.chars().take(LONGEST).collect();
        if said.len() < what.len() {
            said.push('…');
        }
        Self {
            v: FORMAT,
            id: AuditId::new(now),
            by,
            action,
            application,
            what: said,
        }
    }

    /// Parses a stored entry.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT, |value: &Self| value.v)
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // Serialising strings and numbers into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Criteria for entries; an empty filter matches every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Matches the application.
    pub application: Option<ApplicationId>,
    /// Matches entries made at this time or later.
    pub since: Option<SystemTime>,
}

impl AuditFilter {
    /// The lowest id that can match.
    pub fn first(&self) -> AuditId {
        AuditId::first_at(self.since.unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// Whether an entry meets every criterion.
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let application = self.application.as_ref();
        application.is_none_or(|id| entry.application.as_ref() == Some(id))
            && entry.id >= self.first()
    }
}
