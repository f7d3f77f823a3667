//! Writes a walk as a script, which repeats it without a person and without the network.

mod steps;

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use hookpoint_engine::{
    confidential::{redaction::REDACTED, secret::Secret},
    identifier::{ApplicationId, SecretName},
    ports::SecretSource as _,
    stages::Journey,
};
use hookpoint_local::LocalSecrets;
use hookpoint_workspace::{JOURNEY_SUFFIX, JourneyScript, Workspace, to_yaml};
use serde_json::{Map, Value, json};

pub(super) use self::steps::Did;
use self::steps::Steps;
use super::script;
use crate::{
    context::Context,
    env,
    exit::Exit,
    moment,
    output::{self, GOOD, WARNING, paint, printable_lines},
    tree,
};

/// Fails if the file, or a folder for it, cannot be written.
fn can_write(path: &Path) -> io::Result<()> {
    if path.exists() {
        return OpenOptions::new().write(true).open(path).map(drop);
    }
    let mut folders = path.ancestors().skip(1).map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    let nearest = folders.find(|folder| folder.exists());
    tree::Scratch::new_in(nearest.unwrap_or(Path::new(".")), ".hookpoint-recording").map(drop)
}

/// A script in the making.
pub(super) struct Recorder {
    path: PathBuf,
    journey: &'static Journey,
    application: ApplicationId,
    /// What the clock shows during the walk, and in the script.
    pub(super) time: SystemTime,
    secrets: BTreeSet<SecretName>,
    pub(super) steps: Steps,
}

/// The folder of the workspace, if a file is not below it.
fn elsewhere(file: &Path, workspace: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    let workspace = workspace.canonicalize().ok()?;
    let folder = workspace.parent()?;
    (!file.starts_with(folder)).then(|| folder.to_owned())
}

impl Recorder {
    /// A recorder for one walk.
    ///
    /// # Errors
    /// The path is not that of a script, exists, or cannot be written; or the secrets of this machine cannot be read.
    pub(super) async fn new(
        path: &Path,
        may_replace: bool,
        journey: &'static Journey,
        application: &ApplicationId,
        workspace: &Workspace,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let name = path.display();
        if !path.to_string_lossy().ends_with(JOURNEY_SUFFIX) {
            bail!("`{name}` is not the name of a script: let it end in `{JOURNEY_SUFFIX}`");
        }
        if path.exists() && !may_replace {
            bail!("`{name}` exists; choose another name, or replace it with `--force`");
        }
        // After the walk it would be lost.
        can_write(path)
            .with_context(|| format!("`{name}` cannot be written; choose another place"))?;
        let secrets = workspace.secret_names().clone();
        let source = LocalSecrets::new(env::variables(), &context.source.state_directory());
        let names: Vec<_> = secrets.iter().cloned().collect();
        let values = source.secrets(application, &names).await?;
        let values: Vec<Secret> = values.into_values().collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let milliseconds = now.unwrap_or_default().as_millis();
        Ok(Self {
            path: path.to_owned(),
            journey,
            application: application.clone(),
            // As precise as a script writes it.
            time: UNIX_EPOCH
                + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()),
            steps: Steps::new(&values),
            secrets,
        })
    }

    /// Writes the script, runs it, and says whether it passes.
    ///
    /// # Errors
    /// No stage was completed, or the file cannot be written.
    pub(super) async fn finish(
        mut self,
        workspace: &Workspace,
        context: &Context,
    ) -> anyhow::Result<Exit> {
        let path = self.path.display().to_string();
        let (steps, remarks) = self.steps.finish();
        if steps.is_empty() {
            bail!("no stage was completed, so `{path}` was not written");
        }
        tree::replace(&self.path, &self.text(steps))
            .with_context(|| format!("failed to write `{path}`"))?;
        let script = JourneyScript::load(&self.path)?;
        let walked = script::walk(&script, workspace, context).await?;
        let passes = walked.problems.is_empty();
        let state = if passes {
            paint(GOOD, "it passes")
        } else {
            paint(WARNING, "it does not pass yet")
        };
        output::say(&format!("\n{path}: {state}"))?;
        for problem in &walked.problems {
            for line in printable_lines(problem).lines() {
                output::say(&format!("  {line}"))?;
            }
        }
        if let Some(folder) = elsewhere(&self.path, context.source.path()) {
            let text = format!(
                "`hookpoint test` runs the scripts below `{}`, not this one",
                folder.display()
            );
            output::remark(WARNING, &text)?;
        }
        for remark in &remarks {
            output::remark(WARNING, &printable_lines(remark))?;
        }
        Ok(if passes { Exit::Done } else { Exit::Different })
    }

    fn text(&self, steps: Vec<Value>) -> String {
        let mut members = Map::from_iter([
            ("journey".to_owned(), self.journey.name.into()),
            ("application".to_owned(), json!(self.application)),
        ]);
        if !self.secrets.is_empty() {
            let secrets = self.secrets.iter();
            let secrets = secrets.map(|name| (name.to_string(), Value::from(REDACTED)));
            members.insert("secrets".to_owned(), Value::Object(secrets.collect()));
        }
        members.insert("time".to_owned(), moment::milliseconds(self.time).into());
        members.insert("steps".to_owned(), steps.into());
        format!(
            "# A walk of the journey {}. The values of secrets are placeholders.\n{}",
            self.journey.name,
            to_yaml(&members, 0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_outside_of_the_workspace_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("inner");
        std::fs::create_dir(&below).unwrap();
        let write = |path: PathBuf| {
            std::fs::write(&path, "").unwrap();
            path
        };
        let workspace = write(below.join("hookpoint.yaml"));
        let inside = write(below.join("a.journey.yaml"));
        assert_eq!(elsewhere(&inside, &workspace), None);
        let outside = write(folder.path().join("a.journey.yaml"));
        assert_eq!(elsewhere(&outside, &workspace), below.canonicalize().ok());
    }
}
