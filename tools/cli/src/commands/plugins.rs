//! `hookpoint plugins`: lists, shows, previews, adds, updates and checks plugins.

mod add;
mod check;
pub(crate) mod killed;
mod list;
mod preview;
mod questions;
mod show;
pub(super) mod site;
pub(super) mod text;
mod trial;
mod update;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use hookpoint_plugins::{Library, Manifest, Plugin, RECORD_FILE, Record, Values};
use hookpoint_workspace::WorkspaceErrors;

use self::{add::Add, check::Check, list::List, preview::Preview, show::Show, update::Update};
use crate::{context::Context, exit::Exit};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Plugins {
    /// List the plugins, all or those about some words
    List(List),
    /// Show what a plugin does, its parameters and its manual
    Show(Show),
    /// Show what a plugin would add, and run it on a sample event
    Preview(Preview),
    /// Add a plugin to the workspace: its hooks, cases and bindings
    Add(Add),
    /// Check plugins: their manifests, and that they do what they declare
    Check(Check),
    /// Compare an added plugin with the library's, and apply its changes
    Update(Update),
}

/// Where plugins come from.
#[derive(Debug, Args)]
struct LibraryArguments {
    /// Use the plugins of this folder instead of those that are part of the program
    #[arg(long, value_name = "FOLDER")]
    library: Option<PathBuf>,
}

/// Values of parameters.
#[derive(Debug, Args)]
struct ParameterArguments {
    /// Set a parameter
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
}

impl Plugins {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Preview(preview) => preview.run(context).await,
            Self::Add(add) => add.run(context).await,
            Self::Check(check) => check.run(),
            Self::Update(update) => update.run(context).await,
        }
    }
}

impl LibraryArguments {
    fn library(&self) -> anyhow::Result<Library> {
        match &self.library {
            None => Ok(Library::embedded()),
            Some(folder) => Library::read(folder)
                .with_context(|| format!("failed to read the plugins of `{}`", folder.display())),
        }
    }

    fn plugin(&self, name: &str) -> anyhow::Result<Plugin> {
        let found = self.library()?.find(name)?;
        Ok(found.map_err(|errors| self.placed(errors))?)
    }

    /// Problems with places that can be opened from the current folder.
    fn placed(&self, errors: WorkspaceErrors) -> WorkspaceErrors {
        match &self.library {
            Some(folder) => errors.below(folder),
            None => errors,
        }
    }
}

impl ParameterArguments {
    /// The given values, by name.
    fn given(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut given = BTreeMap::new();
        for (name, value) in &self.set {
            if given.insert(name.clone(), value.clone()).is_some() {
                bail!("`--set {name}=…` was given twice");
            }
        }
        Ok(given)
    }
}

/// What was recorded when the plugin of this folder was added.
fn record_in(folder: &Path) -> anyhow::Result<Record> {
    let path = folder.join(RECORD_FILE);
    let remedy = "restore it from version control, or remove the folder and its entries in the workspace, and add the plugin again";
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!(
                "`{}` is missing, which records what was added: {remedy}",
                path.display()
            )
        }
        Err(error) => {
            return Err(error).with_context(|| format!("`{}` cannot be read", path.display()));
        }
    };
    Record::parse(&text).map_err(|reason| {
        anyhow::anyhow!("`{}` cannot be used: {reason}; {remedy}", path.display())
    })
}

/// Fails if the hooks are TypeScript, and the program that bundles them is missing.
fn check_bundler(plugin: &Plugin, context: &Context) -> anyhow::Result<()> {
    let files = plugin
        .manifest
        .hooks
        .iter()
        .map(|hook| Path::new(&hook.file));
    let mut endings = files.filter_map(Path::extension);
    match context.missing_bundler() {
        Some(missing) if endings.any(|ending| ending == "ts") => bail!(
            "the hooks of `{}` are TypeScript, and {}; {}",
            plugin.name,
            missing.message,
            missing.help
        ),
        _ => Ok(()),
    }
}

/// The checked values. All that is wrong is one error.
fn values(manifest: &Manifest, given: &BTreeMap<String, String>) -> anyhow::Result<Values> {
    Values::of(manifest, given).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(errors.join("\n"))
    })
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
