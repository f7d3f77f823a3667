//! `hookpoint plugins add`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_engine::{
    identifier::{ApplicationId, SecretName},
    ports::SecretSource as _,
};
use hookpoint_plugins::{Installation, Plugin};
use hookpoint_workspace::{Additions, Workspace};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    LibraryArguments, ParameterArguments, check_bundler,
    killed::{self, is_untouched},
    preview::hosts,
    questions, record_in,
    site::SiteArguments,
    values,
};
use crate::{
    commands::{init, needed_secrets::Secrets},
    context::{Context, READING},
    exit::Exit,
    interrupt::interrupted,
    output::{self, count},
    shell,
    tree::{Placed, Replacing},
};

/// What to add, and where.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The plugin, by its name from the list
    name: String,

    #[command(flatten)]
    parameters: ParameterArguments,

    #[command(flatten)]
    site: SiteArguments,

    /// Ask nothing: parameters that are not set have their defaults
    #[arg(long, short)]
    yes: bool,

    /// Print one JSON object; asks nothing
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

impl Add {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let plugin = self.library.plugin(&self.name)?;
        let path = context.source.path().to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                context.is_without_workspace()?;
                None
            }
            Err(error) => {
                return Err(error).context(format!("failed to read `{}`", path.display()));
            }
        };
        let workspace = match &text {
            Some(_) => Some(load(&path, None, context).await?),
            None => None,
        };
        let folder = killed::folder_of(&path);
        killed::clear_additions(folder, workspace.as_ref())?;
        killed::clear_updates(folder)?;
        refuse_added(&plugin, workspace.as_ref(), context)?;
        // What does not fit is reported before any question.
        check_bundler(&plugin, context)?;
        let asks = !self.yes && !self.json && questions::can_ask();
        let mut place = self.site.clone();
        if asks {
            place.ask(&plugin, workspace.as_ref())?;
        }
        let (site, made) = place.find(&plugin, workspace.as_ref())?;
        let mut given = self.parameters.given()?;
        if asks {
            questions::ask(&plugin.manifest, &mut given)?;
        }
        let values = values(&plugin.manifest, &given)?;
        let mut installation = plugin.install(&values, &site)?;
        leave_out_known(&mut installation, workspace.as_ref());
        if asks && !is_wanted(&installation)? {
            output::note("nothing was added")?;
            return Ok(Exit::Done);
        }
        let change = Change {
            path,
            text,
            before: workspace,
            installation,
            made,
        };
        let added = tokio::select! {
            // First: an interruption must end the change, not the process, which would leave half of it behind.
            biased;
            () = interrupted() => bail!("interrupted; nothing was added"),
            added = change.make(context) => added?,
        };
        let reported = self.report(&plugin, &change, &added, context).await;
        reported.with_context(|| {
            format!(
                "the plugin `{}` was added, but what comes next cannot be shown",
                plugin.name
            )
        })?;
        Ok(Exit::Done)
    }

    async fn report(
        &self,
        plugin: &Plugin,
        change: &Change,
        added: &Workspace,
        context: &Context,
    ) -> anyhow::Result<()> {
        let Installation {
            files,
            additions,
            folder,
        } = &change.installation;
        let missing = missing_secrets(additions, added, context).await?;
        if self.json {
            return Ok(output::print_json(&json!({
                "plugin": plugin.name,
                "version": plugin.manifest.version.to_string(),
                "files": files.iter().map(|(name, _)| name.as_str()).collect::<Value>(),
                "hooks": additions.hooks.keys().collect::<Vec<_>>(),
                "bindings": additions.bindings,
                "missingSecrets": missing,
            }))?);
        }
        let stage = additions
            .bindings
            .first()
            .and_then(|binding| binding["stage"].as_str());
        let mut lines = vec![format!(
            "added {} {}: {} in {folder}, {} and {} in {}",
            plugin.name,
            plugin.manifest.version,
            count(files.len(), "file"),
            count(additions.hooks.len(), "hook"),
            count(additions.bindings.len(), "binding"),
            change.path.display(),
        )];
        let mut next = Vec::new();
        for name in &missing {
            next.push(shell::command(["secrets", "set", name.as_str()], context));
        }
        next.push(shell::command(["test", folder], context));
        if let Some(stage) = stage {
            next.push(shell::command(["trigger", stage], context));
        }
        next.push(shell::command(["apply"], context));
        if leaves_plugins_out(killed::folder_of(&change.path)) {
            let settings = init::TYPESCRIPT_SETTINGS;
            lines.push(format!(
                "`{settings}` leaves the hooks of plugins out: add `\"plugins\"` to its `include`"
            ));
        }
        lines.push("next:".to_owned());
        output::say(&lines.join("\n"))?;
        for command in &next {
            output::print(&format!("  {command}"))?;
        }
        Ok(())
    }
}

/// Whether the compiler of TypeScript would not check the hooks of plugins, and those of the workspace it would.
fn leaves_plugins_out(folder: &Path) -> bool {
    let settings = fs::read_to_string(folder.join(init::TYPESCRIPT_SETTINGS));
    settings.is_ok_and(|text| text.contains("\"hooks\"") && !text.contains("\"plugins"))
}

/// Fails if the plugin was added before, or a hook has a name of its hooks.
fn refuse_added(
    plugin: &Plugin,
    workspace: Option<&Workspace>,
    context: &Context,
) -> anyhow::Result<()> {
    let name = &plugin.name;
    let folder = context.source.path().with_file_name("plugins").join(name);
    let hooks = workspace.map(|workspace| &workspace.desired().hooks);
    let taken = plugin.manifest.hooks.iter().find_map(|hook| {
        let body = hooks?.get(&hook.name)?;
        let script = body.implementation.as_script();
        let file = script.and_then(|script| script.file.as_deref());
        let is_own = file.is_some_and(|file| file.starts_with(&format!("plugins/{name}/")));
        Some((&hook.name, is_own))
    });
    if let Some((_, true)) = taken {
        let record = record_in(&folder)?;
        bail!(
            "the plugin `{name}` is already added, in version {}; `{}` shows what changed since. To use it elsewhere too, copy its entries of `bindings`",
            record.version,
            shell::command(["plugins", "update", name], context),
        );
    }
    let record = record_in(&folder).ok();
    match (taken, record) {
        (Some((hook, _)), _) => bail!(
            "the workspace has a hook `{hook}` already, which does not come from the plugin `{name}`: rename it first"
        ),
        (None, Some(record)) if is_untouched(&record, &folder) => {
            // Left behind when an earlier `add` was killed, or when its entries were removed.
            fs::remove_dir_all(&folder)
                .with_context(|| format!("failed to remove `{}`", folder.display()))
        }
        (None, _) if folder.exists() => bail!(
            "folder `{}` exists and holds something else; move or rename it first",
            folder.display()
        ),
        (None, _) => Ok(()),
    }
}

/// Secrets that the workspace declares stay as they are.
fn leave_out_known(installation: &mut Installation, workspace: Option<&Workspace>) {
    let known = workspace.map(Workspace::secret_names);
    let is_new =
        |name: &String| known.is_none_or(|known| !known.iter().any(|known| known.as_str() == name));
    installation.additions.secrets.retain(is_new);
}

fn is_wanted(installation: &Installation) -> anyhow::Result<bool> {
    let files = count(installation.files.len(), "file");
    output::note(&format!("\n{}: {files}", installation.folder))?;
    output::note(&output::printable_lines(&installation.additions.as_text()))?;
    let hosts = hosts(installation);
    if !hosts.is_empty() {
        output::remark(
            output::PLAIN,
            &format!("The hooks may call {}.", hosts.join(", ")),
        )?;
    }
    questions::confirm("Add this?")
}

/// Loads a workspace, or checks a text that would replace it.
async fn load(path: &Path, text: Option<String>, context: &Context) -> anyhow::Result<Workspace> {
    let (path, bundler) = (path.to_owned(), Arc::clone(&context.bundler));
    let loading = spawn_blocking(move || match text {
        None => Workspace::load_with(&path, bundler.as_ref()),
        Some(text) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            Workspace::parse_with(&text, &path.display().to_string(), folder, bundler.as_ref())
        }
    });
    Ok(output::waiting(READING, loading).await??)
}

/// The names of the secrets that an entry of a hook lists.
fn secrets_of(hook: &Value) -> impl Iterator<Item = &str> {
    let listed = hook["script"]["secrets"].as_array();
    listed.into_iter().flatten().filter_map(Value::as_str)
}

/// The secrets of the plugin that have no value on this machine.
async fn missing_secrets(
    additions: &Additions,
    workspace: &Workspace,
    context: &Context,
) -> anyhow::Result<Vec<SecretName>> {
    let secrets = Secrets::local(context);
    let used = additions.hooks.values().flat_map(secrets_of);
    let names: Vec<_> = used.filter_map(|name| name.parse().ok()).collect();
    let applications = workspace.desired().applications.iter();
    let any: ApplicationId = "any".parse()?;
    let owner = applications.map(|application| &application.id).next();
    if !names.is_empty() {
        secrets.secrets(owner.unwrap_or(&any), &names).await?;
    }
    Ok(secrets.missing())
}

/// Everything that an addition changes.
struct Change {
    path: PathBuf,
    /// The text of the workspace, if there is one.
    text: Option<String>,
    before: Option<Workspace>,
    installation: Installation,
    /// What a workspace without applications gets.
    made: Additions,
}

impl Change {
    /// Makes the whole change or none of it. Returns the new workspace.
    async fn make(&self, context: &Context) -> anyhow::Result<Workspace> {
        let folder = killed::folder_of(&self.path);
        let edited = self.edited()?;
        let failed_at = |path: &Path| format!("failed to write `{}`", path.display());
        let own = &self.installation.folder;
        let scratch = killed::claim(folder, killed::ADDING, own)?;
        for (name, text) in &self.installation.files {
            let written = scratch.write(name, text);
            written.with_context(|| failed_at(&self.path.with_file_name(name)))?;
        }
        let mut placed = Placed::default();
        placed
            .rename(&scratch.path().join(own), &folder.join(own))
            .with_context(|| failed_at(&self.path.with_file_name(own)))?;
        for (name, text) in init::accompanying(self.text.is_none()) {
            let path = folder.join(name);
            if !path.exists() {
                // Whole or not at all, even if the command is killed.
                let written = scratch.write(name, &text);
                let written =
                    written.and_then(|()| placed.rename(&scratch.path().join(name), &path));
                written.with_context(|| failed_at(&self.path.with_file_name(name)))?;
            }
        }
        let workspace = load(&self.path, Some(edited.clone()), context).await?;
        self.check(&workspace)?;
        if fs::read_to_string(&self.path).ok() != self.text {
            bail!(
                "`{}` changed meanwhile; nothing was added: run the command again",
                self.path.display()
            );
        }
        let mut replacing = Replacing::in_folder(scratch.path());
        replacing
            .write(&self.path, &edited)
            .with_context(|| failed_at(&self.path))?;
        replacing
            .finish()
            .map_err(|(_, error)| error)
            .with_context(|| failed_at(&self.path))?;
        placed.keep();
        Ok(workspace)
    }

    fn edited(&self) -> anyhow::Result<String> {
        let name = self.path.display().to_string();
        let new = format!("{}version: 1\n", init::schema_line());
        let text = self.text.as_deref().unwrap_or(&new);
        let edited = self.made.add_to(text, &name);
        let edited = edited.and_then(|text| self.installation.additions.add_to(&text, &name));
        edited.map_err(|error| {
            anyhow::anyhow!(
                "`{name}` cannot be added to: {error}. Add this by hand, or bring the file into block style first:\n{}",
                self.installation.additions.as_text()
            )
        })
    }

    /// Fails if the edit lost something.
    fn check(&self, after: &Workspace) -> anyhow::Result<()> {
        let Some(before) = &self.before else {
            return Ok(());
        };
        let (before, after) = (before.desired(), after.desired());
        let hooks = before
            .hooks
            .iter()
            .all(|(name, body)| after.hooks.get(name) == Some(body));
        let bindings = before
            .bindings
            .iter()
            .all(|binding| after.bindings.contains(binding));
        let applications = before
            .applications
            .iter()
            .all(|known| after.applications.contains(known));
        let grown = after.bindings.len()
            == before.bindings.len() + self.installation.additions.bindings.len();
        if !(hooks && bindings && applications && grown) {
            bail!(
                "`{}` cannot be edited automatically without losing something; nothing was changed. Add this by hand:\n{}",
                self.path.display(),
                self.installation.additions.as_text()
            );
        }
        Ok(())
    }
}
