//! The public type of a valid workspace.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use hookpoint_engine::{
    hook::CompiledScript,
    identifier::{HookName, SecretName},
    publish::{Desired, DesiredBinding},
};

use crate::{
    check::{BindingKey, Checked},
    inline::InlineScript,
    local::LocalSettings,
};

/// A valid `hookpoint.yaml`.
#[derive(Debug, Clone)]
pub struct Workspace {
    desired: Desired,
    own_failures: HashSet<BindingKey>,
    local: LocalSettings,
    secrets: BTreeSet<SecretName>,
    inline: BTreeMap<HookName, InlineScript>,
    files: Vec<PathBuf>,
}

impl Workspace {
    pub(crate) fn of(checked: Checked, files: Vec<PathBuf>) -> Self {
        let Checked {
            desired,
            own_failures,
            local,
            secrets,
            inline,
        } = checked;
        Self {
            desired,
            own_failures,
            local,
            secrets,
            inline,
            files,
        }
    }

    /// Adds the workspace file itself to the files to watch.
    pub(crate) fn watching(mut self, workspace: &Path) -> Self {
        self.files.insert(0, workspace.to_owned());
        self
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
            Arc::make_mut(body).set_compiled(Some(compiled));
        }
    }

    /// Adds the bytecode of scripts that are the same in an earlier state.
    pub fn keep_compiled(&mut self, earlier: &Desired) {
        for (name, body) in &mut self.desired.hooks {
            if let Some(script) = body.implementation.as_script()
                && let Some(was) = earlier.hooks.get(name)
                && let Some(was) = was.implementation.as_script()
                && let Some(compiled) = &was.compiled
                && was == script
            {
                let compiled = CompiledScript::clone(compiled);
                Arc::make_mut(body).set_compiled(Some(compiled));
            }
        }
    }

    /// Where the script of a hook is that is written inside the file; `None` for any other hook.
    pub fn inline(&self, hook: &HookName) -> Option<&InlineScript> {
        self.inline.get(hook)
    }

    /// An error of a hook's script with places of the file that the script is written in.
    pub fn placed<'a>(&self, hook: &HookName, error: &'a str) -> Cow<'a, str> {
        match self.inline(hook) {
            Some(inline) => Cow::Owned(inline.placed(hook.as_str(), error)),
            None => Cow::Borrowed(error),
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
