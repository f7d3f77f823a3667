//! The public type of a valid workspace.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use hookpoint_engine::{
    hook::CompiledScript,
    identifier::{HookName, SecretName},
    publish::{Desired, DesiredBinding},
};

use crate::{
    bundling::{Bundler, NoBundler},
    check::{self, BindingKey},
    document,
    errors::{self, WorkspaceErrors},
    files::Files,
    local::LocalSettings,
    problem::Problems,
    raw::RawWorkspace,
};

/// A valid `hookpoint.yaml`.
#[derive(Debug, Clone)]
pub struct Workspace {
    desired: Desired,
    own_failures: HashSet<BindingKey>,
    local: LocalSettings,
    secrets: BTreeSet<SecretName>,
    files: Vec<PathBuf>,
}

impl Workspace {
    /// Reads a workspace file and the files it refers to, where hooks are plain scripts.
    pub fn load(path: &Path) -> Result<Self, WorkspaceErrors> {
        Self::load_with(path, &NoBundler)
    }

    /// Reads a workspace file and the files it refers to. Blocks while hooks are bundled.
    pub fn load_with(path: &Path, bundler: &dyn Bundler) -> Result<Self, WorkspaceErrors> {
        let name = path.display().to_string();
        let text = errors::read_document(path, "workspace")?;
        let folder = path.parent().unwrap_or(Path::new(""));
        match Self::parse_with(&text, &name, folder, bundler) {
            Ok(mut workspace) => {
                workspace.files.insert(0, path.to_owned());
                Ok(workspace)
            }
            Err(errors) => Err(errors.watching(path)),
        }
    }

    /// Checks the text of a workspace, where hooks are plain scripts. `file_name` is its name in messages; files it refers to are
    /// read from `folder`.
    pub fn parse(text: &str, file_name: &str, folder: &Path) -> Result<Self, WorkspaceErrors> {
        Self::parse_with(text, file_name, folder, &NoBundler)
    }

    /// Checks the text of a workspace, and has its hooks bundled meanwhile.
    pub fn parse_with(
        text: &str,
        file_name: &str,
        folder: &Path,
        bundler: &dyn Bundler,
    ) -> Result<Self, WorkspaceErrors> {
        let mut files = Files::new(folder, bundler);
        let mut problems = Problems::new(file_name, text);
        let checked = document::read(text, &mut problems)
            .and_then(|document| RawWorkspace::read(&document, &mut problems))
            .map(|raw| check::check(&raw, &mut files, &mut problems));
        let files = files.into_named();
        let workspace = checked.map(|checked| Self {
            desired: checked.desired,
            own_failures: checked.own_failures,
            local: checked.local,
            secrets: checked.secrets,
            files: files.clone(),
        });
        match workspace {
            Some(workspace) if problems.is_empty() => Ok(workspace),
            part => Err(problems.into_errors(files).with_valid_part(part)),
        }
    }

    /// The state to publish.
    pub fn desired(&self) -> &Desired {
        &self.desired
    }

    /// Whether the file says what happens when the hook of this binding fails, rather than leaving the default.
    pub fn has_own_failure(&self, binding: &DesiredBinding) -> bool {
        let DesiredBinding {
            target, stage, id, ..
        } = binding;
        self.own_failures
            .contains(&(target.clone(), *stage, id.clone()))
    }

    /// Adds the bytecode of a script, to be stored with its version. The desired state does not change.
    pub fn add_compiled(&mut self, hook: &HookName, compiled: CompiledScript) {
        if let Some(body) = self.desired.hooks.get_mut(hook) {
            *body = Arc::new(body.as_ref().clone().with_compiled(Some(compiled)));
        }
    }

    /// The section `local`.
    pub fn local(&self) -> &LocalSettings {
        &self.local
    }

    /// The files to watch: the workspace, when it was loaded from one, and every file it refers to.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The secrets that hooks need.
    pub fn secret_names(&self) -> &BTreeSet<SecretName> {
        &self.secrets
    }
}
