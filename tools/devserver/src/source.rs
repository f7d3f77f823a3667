//! Which workspace is meant: a named file, the one in the current folder, or the sample.

use std::path::{Path, PathBuf};

use hookpoint_workspace::{Workspace, WorkspaceErrors};

use crate::sample;

/// The name a workspace file has unless another one is given.
pub const WORKSPACE_FILE: &str = "hookpoint.yaml";

/// Where the workspace comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceSource {
    path: PathBuf,
    /// Whether the sample may stand in when there is no file.
    or_sample: bool,
}

impl WorkspaceSource {
    /// A file that somebody named: it must be there.
    pub fn file(path: PathBuf) -> Self {
        Self {
            path,
            or_sample: false,
        }
    }

    /// `hookpoint.yaml` in a folder, else the sample.
    pub fn folder(folder: &Path) -> Self {
        Self {
            path: folder.join(WORKSPACE_FILE),
            or_sample: true,
        }
    }

    /// The workspace file, whether it is there or not.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where state is kept: beside the workspace file.
    pub fn state_directory(&self) -> PathBuf {
        self.path.with_file_name(hookpoint_local::DIRECTORY)
    }

    /// Whether the sample stands in now.
    pub fn is_sample(&self) -> bool {
        self.or_sample && !self.path.exists()
    }

    /// From now on the file itself is meant: one that vanishes is a mistake, no wish for the sample.
    pub(crate) fn settle_on_file(&mut self) {
        self.or_sample = false;
    }

    /// Reads the workspace; the sample, with its webhooks on this port of the loopback address.
    pub fn load(&self, receiver_port: u16) -> Result<Workspace, WorkspaceErrors> {
        if self.is_sample() {
            sample::load(receiver_port)
        } else {
            Workspace::load(&self.path)
        }
    }
}
