//! A script that no workspace names: a file to try.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use hookpoint_engine::{hook::HookBody, identifier::SecretName};

use crate::{
    bundling::Bundler,
    check::{check_draft, check_host},
    document::{Place, Spanned},
    errors::WorkspaceErrors,
    files::Files,
    problem::Problems,
    raw::{RawScript, ScriptSource, Text},
};

/// A script file with what it may use.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The file, relative to the folder.
    pub file: String,
    /// The hosts that it may fetch from, as in `hookpoint.yaml`.
    pub hosts: Vec<String>,
    /// The secrets that it may use.
    pub secrets: BTreeSet<SecretName>,
    /// Those of them without which it runs, too.
    pub optional_secrets: BTreeSet<SecretName>,
}

impl Draft {
    /// Checks a host as `hookpoint.yaml` would name it.
    ///
    /// # Errors
    /// What is wrong, and the fix.
    pub fn check_host(host: &str) -> Result<(), String> {
        let mut problems = Problems::new("", "");
        check_host(&text(host), &mut problems);
        let (problems, _) = problems.into_sorted();
        match problems.first() {
            Some(problem) => Err(format!("{}; {}", problem.message, problem.help)),
            None => Ok(()),
        }
    }

    /// Reads and bundles the script as publication would. Also returns the files that it is made of.
    ///
    /// # Errors
    /// Every problem of the script, with its place and the fix.
    pub fn read(
        &self,
        folder: &Path,
        bundler: &dyn Bundler,
    ) -> Result<(HookBody, Vec<PathBuf>), WorkspaceErrors> {
        let mut files = Files::new(folder, bundler);
        let mut problems = Problems::new(&self.file, "");
        let raw = RawScript {
            source: ScriptSource::File(text(&self.file)),
            hosts: self.hosts.iter().map(|host| text(host)).collect(),
            secrets: self
                .secrets
                .difference(&self.optional_secrets)
                .map(|name| text(name.as_str()))
                .collect(),
            optional_secrets: self
                .secrets
                .intersection(&self.optional_secrets)
                .map(|name| text(name.as_str()))
                .collect(),
        };
        let body = check_draft(&raw, &self.secrets, &mut files, &mut problems);
        match body {
            Some(body) if problems.is_empty() => Ok((body, files.into_named())),
            _ => Err(problems.into_errors(files.into_named())),
        }
    }
}

/// Text that stands in no file.
fn text(value: &str) -> Text {
    Spanned {
        value: value.to_owned(),
        place: Place {
            line: 1,
            column: 1,
            width: 0,
        },
    }
}
