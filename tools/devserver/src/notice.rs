//! What happens while the server runs, for people who watch.

use std::{
    io,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    confidential::secret::Secret, event::ingest::Skipped, identifier::ApplicationId,
    record::RunRecord,
};
use hookpoint_operator::Changes;
use hookpoint_workspace::Workspace;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{app::AppError, key_file::KeyFileError};

/// Something that happened while the server runs.
#[derive(Debug)]
pub enum Notice {
    /// An event was answered.
    Answered(Answered),
    /// A hook that an event waited for has run. It follows the event within 100 ms.
    Ran(Box<RunRecord>),
    /// An attempt at a delivery was made.
    Delivered(Box<RunRecord>),
    /// The workspace was saved and is in effect.
    Reloaded(Box<Reloaded>),
    /// The workspace was saved and is not in effect; the one before it is.
    Kept(DevError),
}

/// A workspace that was saved and is in effect.
#[derive(Debug)]
pub struct Reloaded {
    /// The workspace.
    pub workspace: Workspace,
    /// What that changed.
    pub changes: Changes,
    /// Keys of applications that are new.
    pub new_keys: Vec<(ApplicationId, Secret)>,
    /// The port that the workspace now asks for, which takes a restart.
    pub other_port: Option<u16>,
    /// Applications that were removed from it and still accept events, if these are not the same as before.
    pub new_strays: Vec<ApplicationId>,
}

/// An event that was answered, for people who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// When it was answered.
    pub at: SystemTime,
    /// Identifies the event; its runs have the same.
    pub correlation_id: String,
    /// The method and path, as they came.
    pub request: String,
    /// The status.
    pub status: u16,
    /// How long it took, from the body in hand.
    pub elapsed: Duration,
    /// The hooks, as in the header `Server-Timing`.
    pub timing: Option<String>,
    /// Whether the response is the recorded one of an earlier event with the same key or continuation.
    pub is_replayed: bool,
    /// The hooks that did not run.
    pub skipped: Vec<Skipped>,
    /// What was wrong: the code and detail of the problem.
    pub problem: Option<(String, String)>,
    /// What the caller got; empty with a problem.
    pub response: Map<String, Value>,
}

/// Why the server does not run, or an edit is not in effect.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DevError {
    /// The workspace is not in effect.
    #[error(transparent)]
    App(#[from] AppError),
    /// There are no ingest keys.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// Another program listens there.
    #[error(
        "port {port} is taken by another program (a second `hookpoint dev`?); stop it, or choose another port with `--port`, 0 for any free one"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The port cannot be listened on.
    #[error("failed to listen on port {port}: {source}; choose another one with `--port`")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// Files cannot be watched.
    #[error("failed to watch the files of the workspace: {0}")]
    Watch(#[from] notify::Error),
}
