//! The source of the workspace: a named file, the one in the current folder, or the sample.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use hookpoint_workspace::{Bundler, Workspace, WorkspaceErrors};

use crate::sample;

/// Default name of a workspace file.
pub const WORKSPACE_FILE: &str = "hookpoint.yaml";

/// Where the workspace comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceSource {
    path: PathBuf,
    /// Whether the sample may replace a missing file.
    or_sample: bool,
}

impl WorkspaceSource {
    /// A named file, which must exist.
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

    /// The path of the workspace file, which may not exist.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state directory, beside the workspace file.
    pub fn state_directory(&self) -> PathBuf {
        self.path.with_file_name(hookpoint_local::DIRECTORY)
    }

    /// Whether the sample is used now.
    pub fn is_sample(&self) -> bool {
        self.or_sample && !self.path.exists()
    }

    /// A file beside the default one that is not read but has almost its name: `hookpoint.yml`, or one in other letter case.
    pub fn misnamed(&self) -> Option<PathBuf> {
        if !self.or_sample {
            return None;
        }
        let folder = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
        let is_almost_it = |name: &OsString| {
            let lower = name.to_string_lossy().to_lowercase();
            name != WORKSPACE_FILE && ["hookpoint.yaml", "hookpoint.yml"].contains(&lower.as_str())
        };
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
        let path = self.path.with_file_name(names.filter(is_almost_it).min()?);
        // Where letter case makes no difference, it may be the file itself.
        let real = |path: &Path| path.canonicalize().ok();
        let is_itself = self.path.exists() && real(&path) == real(&self.path);
        (!is_itself).then_some(path)
    }

    /// Stops using the sample as a replacement: if the file disappears later, that is an error.
    pub(crate) fn settle_on_file(&mut self) {
        self.or_sample = false;
    }

    /// Reads the workspace; blocks while hooks are bundled. The sample gets its webhooks on this port of the loopback address.
    pub fn load(
        &self,
        receiver_port: u16,
        bundler: &dyn Bundler,
    ) -> Result<Workspace, WorkspaceErrors> {
        if self.is_sample() {
            sample::load(receiver_port)
        } else {
            Workspace::load_with(&self.path, bundler)
        }
    }
}
