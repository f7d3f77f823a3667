//! Ids of run records, which contain the record's location and sort by time.

use std::{fmt, str::FromStr, time::SystemTime};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ulid::Ulid;

use crate::{
    identifier::ApplicationId,
    timestamp::{milliseconds, time_of},
};

/// Number of partitions for the records of one application and stage.
pub const SHARDS: u8 = 8;

/// `<stage>.<application>.<shard>.<ulid>`, such as `before-registration.shop.3.01J9ZK4T0V8N7E2Q6M5B1C3D4F`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    /// The stage.
    pub stage: Stage,
    /// The application.
    pub application: ApplicationId,
    ulid: Ulid,
}

/// A text that is not a run id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not the id of a run, such as `before-registration.shop.3.01J9ZK4T0V8N7E2Q6M5B1C3D4F`; `hookpoint runs list` shows ids"
)]
pub struct InvalidRunId(String);

impl RunId {
    /// Creates a unique id for the given time.
    pub fn new(stage: Stage, application: ApplicationId, now: SystemTime) -> Self {
        let random = uuid::Uuid::new_v4().as_u128();
        Self {
            stage,
            application,
            ulid: Ulid::from_parts(milliseconds(now), random),
        }
    }

    /// The id of the run with this ULID; `None` if the text is not one.
    pub fn from_ulid(stage: Stage, application: &ApplicationId, ulid: &str) -> Option<Self> {
        Some(Self {
            stage,
            application: application.clone(),
            ulid: Ulid::from_string(ulid).ok()?,
        })
    }

    /// Which of the [`SHARDS`] partitions it is in.
    pub fn shard(&self) -> u8 {
        let [.., last] = self.ulid.to_bytes();
        last % SHARDS
    }

    /// The part that sorts by time: 26 characters.
    pub fn ulid(&self) -> String {
        self.ulid.to_string()
    }

    /// The smallest ULID of the given time.
    pub fn first_ulid_at(time: SystemTime) -> String {
        Ulid::from_parts(milliseconds(time), 0).to_string()
    }

    /// When the record was created.
    pub fn time(&self) -> SystemTime {
        time_of(self.ulid.timestamp_ms())
    }

    /// Compares by time, then by the random part.
    pub fn by_time(&self, other: &Self) -> std::cmp::Ordering {
        self.ulid.cmp(&other.ulid)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stage,
            application,
            ulid,
        } = self;
        write!(
            formatter,
            "{}.{application}.{}.{ulid}",
            stage.name(),
            self.shard()
        )
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<_> = text.split('.').collect();
        let read = || {
            let &[stage, application, shard, ulid] = parts.as_slice() else {
                return None;
            };
            let id = Self {
                stage: Stage::from_name(stage)?,
                application: application.parse().ok()?,
                ulid: Ulid::from_string(ulid).ok()?,
            };
            (id.to_string() == text && shard == id.shard().to_string()).then_some(id)
        };
        read().ok_or_else(|| InvalidRunId(text.chars().take(160).collect()))
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.to_string()
    }
}
