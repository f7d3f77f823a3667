//! Tests an installation: temporary applications post events through its public URL, and the responses and records are
//! checked.
//!
//! Everything temporary has a name made from one random id, so that a later call finds and removes what an interrupted one left.

mod api;
mod check;
mod names;
mod published;
mod records;
mod report;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hookpoint_engine::{
    confidential::secret::Secret,
    identifier::ApplicationId,
    ports::{RunStore, StoreError},
};
use hookpoint_stages::Stage;
use hookpoint_workspace::WorkspaceErrors;
use thiserror::Error;

use self::api::Caller;
pub use self::{
    api::{ApiUrl, InvalidApiUrl},
    names::{SMOKE_PREFIX, SmokeNames, leftovers},
    report::{Check, Finding, HookReport, StageReport},
};
use crate::{applications::OperationError, apply_error::ApplyError, scripts::ScriptsError};

/// How long the keys work: longer than any trial takes, but the keys of an interrupted one soon expire.
const KEYS_FOR: Duration = Duration::from_hours(1);

/// How long a trial may run before it is removed: well before another one takes it for interrupted.
pub const SMOKE_LIMIT: Duration = Duration::from_mins(25);

/// Where the webhook posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Echo {
    /// To the installation itself, as another temporary application.
    Own,
    /// To an endpoint that answers a POST with 2xx.
    Endpoint(String),
}

/// Why nothing could be tried.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SmokeError {
    /// The endpoint for the webhook cannot be used.
    #[error(transparent)]
    Workspace(#[from] WorkspaceErrors),
    /// The sandbox of this machine does not work.
    #[error(transparent)]
    Scripts(#[from] ScriptsError),
    /// The store refused the publication.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The store refused a key.
    #[error(transparent)]
    Keys(#[from] OperationError),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no random numbers.
    #[error("the system provides no random bytes for an ingest key: {0}")]
    Randomness(String),
}

/// A published trial.
pub struct Smoke {
    names: SmokeNames,
    echo: Echo,
    caller: Caller,
    keys: BTreeMap<ApplicationId, Secret>,
    runs: Arc<dyn RunStore>,
    patience: Duration,
}

impl std::fmt::Debug for Smoke {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Smoke");
        shown.field("names", &self.names).finish_non_exhaustive()
    }
}

impl Smoke {
    /// Sets how long records of runs are waited for; a minute by default.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The temporary application that posts events of a stage.
    fn application(&self, stage: Stage) -> ApplicationId {
        self.names.application(stage.definition().family)
    }
}
