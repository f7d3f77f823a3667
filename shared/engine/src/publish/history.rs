//! The history of publications: who published what and when, and the previous values.
//!
//! A publication has a record for each application and identity store that it changes, so that a role which may publish
//! for one application needs no access to the history of another. Records are written with the changes, or not at all.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ulid::Ulid;
use uuid::Uuid;

use super::{DesiredApplication, Difference, Publication, Transition};
use crate::{
    application::{
        Application, Pause,
        binding::{Binding, Target},
    },
    format::{self, Unreadable},
    hook::HookReference,
    identifier::{ApplicationId, IngestKeyId},
    timestamp::{milliseconds, time_of},
};

/// Format number of the stored record.
const FORMAT: u8 = 1;

/// A ULID: sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicationId(Ulid);

/// A text that is not the id of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the id of a publication, such as `01J9ZK4T0V8N7E2Q6M5B1C3D4F`; `hookpoint publications list` shows ids"
)]
pub struct InvalidPublicationId(String);

impl PublicationId {
    /// Creates a unique id for the given time.
    pub fn new(now: SystemTime) -> Self {
        Self(Ulid::from_parts(
            milliseconds(now),
            Uuid::new_v4().as_u128(),
        ))
    }

    /// When it was published.
    pub fn time(&self) -> SystemTime {
        time_of(self.0.timestamp_ms())
    }
}

impl fmt::Display for PublicationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for PublicationId {
    type Err = InvalidPublicationId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Ulid::from_string(text).ok().map(Self);
        id.ok_or_else(|| InvalidPublicationId(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for PublicationId {
    type Error = InvalidPublicationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PublicationId> for String {
    fn from(id: PublicationId) -> Self {
        id.to_string()
    }
}

/// Who published, from what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The command.
    pub action: Action,
    /// The AWS identity, or the user of the machine.
    pub by: String,
    /// The commit of the workspace, if it is in a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Commit>,
    /// The publication that a rollback undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<PublicationId>,
}

/// The kind of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A workspace was published.
    Apply,
    /// An application that is not in the workspace was switched off.
    Prune,
    /// An earlier publication, or the change of one binding, was undone.
    Rollback,
    /// Bindings were reordered.
    Order,
    /// An application was deleted.
    Delete,
    /// What was stored about a person was erased.
    Erase,
    /// An action unknown to this version.
    #[serde(other)]
    Other,
}

impl Action {
    /// Its word in records and lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Prune => "prune",
            Self::Rollback => "rollback",
            Self::Order => "order",
            Self::Delete => "delete",
            Self::Erase => "erase",
            Self::Other => "other",
        }
    }
}

/// A commit of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Whether files differed from it.
    #[serde(default)]
    pub is_modified: bool,
}

/// What a publication changed for one application or identity store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicationRecord {
    v: u8,
    /// The publication.
    pub id: PublicationId,
    /// The application or store that it changes; absent for hooks that no changed binding runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Target>,
    /// Who published, from what, and why.
    pub origin: Origin,
    /// The new versions of hooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<HookReference>,
    /// The application, if its settings changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<Transition<DesiredApplication>>,
    /// The bindings that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Transition<Binding>>,
    /// The ingest keys that were removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<IngestKeyId>,
    /// The pauses of the application, if it was removed: its hooks stay paused if it comes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// How much an erasure found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<Erasure>,
}

/// How much was found about a person when the erasure began, without naming the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    /// Run records, with the events that they keep.
    pub runs: usize,
    /// Waiting deliveries.
    pub deliveries: usize,
    /// Dead letters.
    pub dead_letters: usize,
}

impl PublicationRecord {
    /// Parses a stored record.
    pub fn from_json(text: &str) -> Result<Self, Unreadable> {
        format::read(text, FORMAT, |value: &Self| value.v)
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        // Serialising strings, numbers and JSON values into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn new(id: PublicationId, subject: Option<Target>, origin: Origin) -> Self {
        Self {
            v: FORMAT,
            id,
            subject,
            origin,
            hooks: Vec::new(),
            application: None,
            bindings: Vec::new(),
            keys: Vec::new(),
            pauses: Vec::new(),
            erasure: None,
        }
    }
}

impl Publication {
    /// A publication that changes nothing that events see, and records an erasure in the history of an application.
    pub fn of_erasure(
        application: &ApplicationId,
        erasure: Erasure,
        by: String,
        now: SystemTime,
    ) -> Self {
        let origin = Origin {
            action: Action::Erase,
            by,
            commit: None,
            undoes: None,
        };
        let subject = Some(Target::Application(application.clone()));
        let record = PublicationRecord {
            erasure: Some(erasure),
            ..PublicationRecord::new(PublicationId::new(now), subject, origin)
        };
        Self {
            records: vec![record],
            ..Self::default()
        }
    }

    /// Adds the records of a publication with this difference.
    #[must_use]
    pub fn recorded(mut self, difference: &Difference, id: PublicationId, origin: &Origin) -> Self {
        let mut records: BTreeMap<Option<Target>, PublicationRecord> = BTreeMap::new();
        let mut record = |subject: Option<Target>, add: &mut dyn FnMut(&mut PublicationRecord)| {
            let new = || PublicationRecord::new(id, subject.clone(), origin.clone());
            add(records.entry(subject.clone()).or_insert_with(new));
        };
        for transition in &difference.applications {
            let either = transition.after.as_ref().or(transition.before.as_ref());
            let subject = either.map(|settings| Target::Application(settings.id.clone()));
            record(subject, &mut |record| {
                record.application = Some(transition.clone());
            });
        }
        for (subject, key) in &difference.keys {
            record(Some(subject.clone()), &mut |record| {
                record.keys.push(key.clone());
            });
        }
        for Application { id, pauses, .. } in self.removals.iter().map(|removal| &removal.value) {
            if !pauses.is_empty() {
                record(Some(Target::Application(id.clone())), &mut |record| {
                    record.pauses.clone_from(pauses);
                });
            }
        }
        for hook in &difference.hooks {
            let users = difference.bindings.iter().filter_map(|transition| {
                let after = transition.after.as_ref()?;
                (after.hook == *hook).then(|| Some(after.target.clone()))
            });
            let mut subjects: BTreeSet<Option<Target>> = users.collect();
            if subjects.is_empty() {
                subjects.insert(None);
            }
            for subject in subjects {
                record(subject, &mut |record| record.hooks.push(hook.clone()));
            }
        }
        for transition in &difference.bindings {
            let either = transition.after.as_ref().or(transition.before.as_ref());
            let subject = either.map(|binding| binding.target.clone());
            record(subject, &mut |record| {
                record.bindings.push(transition.clone());
            });
        }
        self.records = records.into_values().collect();
        self
    }
}
