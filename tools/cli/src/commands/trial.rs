//! `hookpoint try`: runs a script without binding it.

mod finished;
mod shortcomings;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_engine::{
    event::ingest::new_correlation_id,
    hook::{HookBody, egress::EgressPolicy, outcome::FailureClass},
    identifier::{ApplicationId, HookName, SecretName, VariableName},
    record::report::RunOutcome,
};
use hookpoint_operator::{Place, Trials, Tryout};
use hookpoint_stages::Stage;
use hookpoint_workspace::{Draft, Workspace, WorkspaceErrors};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use self::{
    finished::Finished,
    shortcomings::{is_part_of, ungiven, warn},
};
use super::{needed_secrets::Secrets, poster::missing, trigger::body};
use crate::{
    context::{Context, READING},
    exit::Exit,
    output::{self, WARNING},
    stage,
    watching::watching,
};

/// The hook's name for a script that no workspace names, if that of its file is not valid.
const NAMELESS: &str = "script";
/// The application without a workspace.
const APPLICATION: &str = "trial";

const EXIT_CODES: &str = "\
Exit codes:
  0  the hook succeeded, or Ctrl-C ended --watch
  1  the hook failed, or an effect was dropped
  2  wrong usage or configuration";

/// The script and what it sees.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Try {
    /// The script, in JavaScript or TypeScript
    file: PathBuf,

    /// The stage, such as `before-registration`; see `hookpoint stages`
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Stage,

    /// The event: a body, or an API Gateway event around one; `-` reads standard input [default: the stage's example]
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,

    /// The application whose variables it sees [default: the first one of the stage's kind]
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// A host that it may fetch from, such as `api.example.com`; may be repeated
    #[arg(long = "host", value_name = "HOST", value_parser = host)]
    hosts: Vec<String>,

    /// A secret that it may use, from `HOOKPOINT_SECRET_<NAME>` or `.hookpoint/secrets.json`; may be repeated
    #[arg(long = "secret", value_name = "NAME")]
    secrets: Vec<SecretName>,

    /// A variable; may be repeated
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(VariableName, String)>,

    /// Run it again whenever one of its files is saved
    #[arg(long, conflicts_with = "json")]
    watch: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn host(text: &str) -> Result<String, String> {
    Draft::check_host(text).map(|()| text.to_owned())
}

fn variable(text: &str) -> Result<(VariableName, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write `NAME=VALUE`, such as `CrmHost=crm.example.com`")?;
    let name: VariableName = name.parse().map_err(|invalid| format!("{invalid}"))?;
    Ok((name, value.to_owned()))
}

impl Try {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        if !self.watch {
            return self.once(context, None, &mut Vec::new()).await;
        }
        let mut known = self.named_files();
        known.push(context.source.path().to_owned());
        // Standard input has one event, which no save can correct.
        let is_piped = self.event.as_deref() == Some(Path::new("-"));
        let piped = is_piped.then(|| self.event()).transpose()?;
        watching(&known, None, async |files| {
            self.once(context, piped.clone(), files).await
        })
        .await
    }

    /// Runs it once, on the event that was read or the one that it names, and adds the files that it is made of.
    async fn once(
        &self,
        context: &Context,
        event: Option<Map<String, Value>>,
        files: &mut Vec<PathBuf>,
    ) -> anyhow::Result<Exit> {
        files.extend(self.named_files());
        let event = event.map_or_else(|| self.event(), Ok)?;
        let (workspace, broken) = match self.workspace(context, files).await? {
            Some(Ok(workspace)) => (Some(workspace), None),
            Some(Err(errors)) => (None, Some(errors)),
            None => (None, None),
        };
        let folder = if workspace.is_some() || self.is_inside(context) {
            context.source.path().parent()
        } else {
            self.file.parent()
        };
        let folder = folder.unwrap_or(Path::new(""));
        let draft = self.draft(folder, workspace.as_ref())?;
        let name = self.name(workspace.as_ref(), &draft.file);
        let known = workspace
            .as_ref()
            .filter(|_| self.hosts.is_empty() && self.secrets.is_empty())
            .and_then(|workspace| Some((workspace, hook_of(workspace, &draft.file)?.1)));
        let hook = workspace
            .as_ref()
            .and_then(|workspace| hook_of(workspace, &draft.file));
        let is_hook = hook.is_some();
        let body = if let Some((workspace, body)) = known {
            // Bundled with the workspace; once is enough.
            files.extend(workspace.files().to_vec());
            Arc::clone(body)
        } else {
            let (path, bundler) = (folder.to_owned(), Arc::clone(&context.bundler));
            let reading = draft.clone();
            let bundling = spawn_blocking(move || reading.read(&path, bundler.as_ref()));
            let read = output::waiting("reading the script", bundling).await?;
            let read =
                read.inspect_err(|errors: &WorkspaceErrors| files.extend(errors.files().to_vec()));
            if let Some(broken) = broken {
                let own = read.as_ref().err();
                if own.is_some_and(|own| is_part_of(&broken, own)) {
                    // As `check` shows them.
                    return Err(broken.into());
                }
                warn(&broken, context)?;
            }
            let (body, made_of) = read?;
            files.extend(made_of);
            Arc::new(body)
        };

        let place = self.place(workspace.as_ref(), &name)?;
        let application = place.application().clone();
        let policy = workspace
            .as_ref()
            .map_or_else(EgressPolicy::default, |workspace| {
                workspace.local().egress()
            });
        let secrets = Arc::new(Secrets::local(context));
        let ungiven = ungiven(&body, is_hook);
        let trials = Trials::real(policy);
        let report = trials
            .run(Tryout {
                name: &name,
                body,
                stage: self.stage,
                event: &event,
                place,
                variables: &self.variables.iter().cloned().collect(),
                secrets: secrets.clone(),
                now: SystemTime::now(),
                correlation_id: &new_correlation_id(),
            })
            .await;
        let finished = Finished {
            report,
            exchanges: trials.exchanges().take(),
            application,
            is_hook,
        };
        if self.json {
            output::print_json(&finished.to_json())?;
        } else {
            output::print(&finished.render())?;
            let lacks_some = matches!(finished.report.outcome(), RunOutcome::Failed(failure, _) if failure.class == FailureClass::MissingSecret);
            if let Some(remedy) = secrets.remedy().filter(|_| lacks_some) {
                output::remark(WARNING, &remedy)?;
            }
            for text in ungiven {
                output::remark(WARNING, &text)?;
            }
        }
        let record = &finished.report.record;
        let is_good = *finished.report.outcome() == RunOutcome::Ok && record.dropped.is_empty();
        Ok(if is_good { Exit::Done } else { Exit::Problem })
    }

    /// The files that the arguments name.
    fn named_files(&self) -> Vec<PathBuf> {
        let event = self.event.clone().filter(|path| path != Path::new("-"));
        std::iter::once(self.file.clone()).chain(event).collect()
    }

    fn event(&self) -> anyhow::Result<Map<String, Value>> {
        let body = match &self.event {
            Some(path) => {
                body::read(path).with_context(|| format!("the event of `{}`", path.display()))?
            }
            None => self.stage.example().to_string().into_bytes(),
        };
        let event = body::event(self.stage, &body);
        let name = self.event.as_deref().unwrap_or(Path::new("-")).display();
        let event = event.with_context(|| format!("the event of `{name}`"))?;
        Ok(event.body().clone())
    }

    /// Whether there is a workspace, and the file is below its folder.
    fn is_inside(&self, context: &Context) -> bool {
        let absolute = |path: &Path| path.canonicalize();
        let (Ok(workspace), Ok(file)) = (absolute(context.source.path()), absolute(&self.file))
        else {
            return false;
        };
        let folder = workspace.parent();
        folder.is_some_and(|folder| file.starts_with(folder))
    }

    /// The workspace or its problems, if there is one. The file may be part of it and the reason why it is not valid.
    async fn workspace(
        &self,
        context: &Context,
        files: &mut Vec<PathBuf>,
    ) -> anyhow::Result<Option<Result<Workspace, WorkspaceErrors>>> {
        let path = context.source.path().to_owned();
        if context.is_without_workspace()? {
            return Ok(None);
        }
        files.push(path.clone());
        let bundler = Arc::clone(&context.bundler);
        let loading = spawn_blocking(move || Workspace::load_with(&path, bundler.as_ref()));
        Ok(Some(output::waiting(READING, loading).await?))
    }

    /// The script with what it may use: as its hook in the workspace, if it has one, and as the options say.
    fn draft(&self, folder: &Path, workspace: Option<&Workspace>) -> anyhow::Result<Draft> {
        let absolute = |path: &Path| {
            path.canonicalize()
                .with_context(|| format!("failed to read `{}`", path.display()))
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let (file, inside) = (absolute(&self.file)?, absolute(folder)?);
        if file.is_dir() {
            bail!("`{}` is a folder; name a script in it", self.file.display());
        }
        let Ok(relative) = file.strip_prefix(&inside) else {
            bail!(
                "`{}` is outside the folder of the workspace, `{}`; move it there, or run `hookpoint try` where it is",
                self.file.display(),
                inside.display()
            );
        };
        // As in `hookpoint.yaml`, on every system.
        let parts = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        let file = parts.collect::<Vec<_>>().join("/");
        let mut hosts = self.hosts.clone();
        let mut secrets = self.secrets.iter().cloned().collect::<BTreeSet<_>>();
        let mut optional_secrets = BTreeSet::new();
        if let Some((_, body)) = workspace.and_then(|workspace| hook_of(workspace, &file)) {
            if let Some(script) = body.implementation.as_script() {
                hosts.extend(script.hosts.iter().cloned());
                optional_secrets.extend(script.optional_secrets.iter().cloned());
            }
            secrets.extend(body.secrets.iter().cloned());
        }
        Ok(Draft {
            file,
            hosts,
            secrets,
            optional_secrets,
        })
    }

    /// The name of its hook, or of its file.
    fn name(&self, workspace: Option<&Workspace>, file: &str) -> HookName {
        let known = workspace.and_then(|workspace| hook_of(workspace, file));
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        known
            .map(|(name, _)| name.clone())
            .or_else(|| stem.parse().ok())
            .or_else(|| NAMELESS.parse().ok())
            .unwrap_or_else(|| unreachable!("`{NAMELESS}` is a valid name"))
    }

    fn place(&self, workspace: Option<&Workspace>, name: &HookName) -> anyhow::Result<Place> {
        let wanted = self.application.as_ref();
        let found = workspace
            .and_then(|workspace| Place::find(workspace.desired(), name, self.stage, wanted));
        if let Some(place) = found {
            return Ok(place);
        }
        if let (Some(id), Some(workspace)) = (wanted, workspace) {
            let (family, needing) = (self.stage.definition().family, format!("`{}`", self.stage));
            return Err(missing(workspace, Some(id), family, &needing));
        }
        let id = match wanted {
            Some(id) => id.clone(),
            None => APPLICATION.parse()?,
        };
        Ok(Place::nowhere(name, self.stage, id))
    }
}

/// The hook whose script is this file.
fn hook_of<'a>(workspace: &'a Workspace, file: &str) -> Option<(&'a HookName, &'a Arc<HookBody>)> {
    workspace.desired().hooks.iter().find(|(_, body)| {
        let script = body.implementation.as_script();
        script.is_some_and(|script| script.file.as_deref() == Some(file))
    })
}
