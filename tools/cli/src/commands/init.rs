//! `hookpoint init`: makes a workspace, or writes the sample.

mod workspace;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_devserver::SAMPLE;

use crate::{context::Context, env, exit::Exit, output};

/// File name of the schema, written beside the workspace.
pub(super) const SCHEMA_NAME: &str = "hookpoint.schema.json";
pub(super) const SCHEMA: &str = include_str!("../../../../schemas/hookpoint.schema.json");
/// File name of the schema of cases, beside the workspace too.
pub(super) const CASE_SCHEMA_NAME: &str = "hookpoint.case.schema.json";
pub(super) const CASE_SCHEMA: &str = include_str!("../../../../schemas/case.schema.json");

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// A new folder, for a workspace with one hook, its types and its case [default: the built-in sample as ./hookpoint.yaml]
    name: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match &self.name {
            Some(folder) => new_workspace(folder, context),
            None => sample(context),
        }
    }
}

/// Names and texts of what stands beside hooks in TypeScript: their types and, for a new workspace, what git leaves out.
pub(crate) fn accompanying(is_new: bool) -> Vec<(&'static str, String)> {
    let files = workspace::files(true).into_iter();
    files
        .filter(|(name, _)| name.ends_with("d.ts") || (is_new && *name == ".gitignore"))
        .collect()
}

/// Makes a workspace in a folder that has none.
fn new_workspace(folder: &Path, context: &Context) -> anyhow::Result<Exit> {
    if context.is_named {
        bail!(
            "`--workspace` names a file, and `init {}` makes a folder: leave one of them out",
            folder.display()
        );
    }
    let files = workspace::files(context.has_bundler());
    if let Some((taken, _)) = files.iter().find(|(name, _)| folder.join(name).exists()) {
        bail!(
            "`{}` already exists and stays as it is; choose another folder",
            folder.join(taken).display()
        );
    }
    for (name, text) in &files {
        let path = folder.join(name);
        let failed = || format!("failed to write `{}`", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(failed)?;
        write_new(&path, text).with_context(failed)?;
    }
    let program = env::program();
    let (shown, hook) = (folder.display(), workspace::hook(context.has_bundler()));
    let mut text = format!(
        "wrote {shown}: the hook {hook}, its types and its case; next:\n  cd {shown}\n  {program} try {hook} --stage before-registration\n  {program} test\n  {program} dev"
    );
    if !context.has_bundler() {
        text.push_str("\nThe hook is JavaScript: TypeScript and packages need `hookpoint-bundler`, which `cargo build -p hookpoint-bundler` builds.");
    }
    output::print(&text)?;
    Ok(Exit::Done)
}

fn sample(context: &Context) -> anyhow::Result<Exit> {
    let path = context.source.path();
    let shown = path.display();
    let text = format!("# yaml-language-server: $schema={SCHEMA_NAME}\n{SAMPLE}");
    match write_new(path, &text) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!(
                "`{shown}` already exists and stays as it is; remove it first, or name another file with `--workspace`"
            )
        }
        Err(error) => return Err(error).context(format!("failed to create `{shown}`")),
    }
    let schema = path.with_file_name(SCHEMA_NAME);
    fs::write(&schema, SCHEMA)
        .with_context(|| format!("failed to write `{}`", schema.display()))?;
    output::print(&format!(
        "wrote {shown}, and {SCHEMA_NAME} for your editor; try `hookpoint dev`, or `hookpoint trigger conversation-start`"
    ))?;
    Ok(Exit::Done)
}

/// Writes a file that must not exist yet.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}
