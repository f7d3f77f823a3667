//! `hookpoint init`: makes a workspace, or writes the sample.

mod workspace;

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_devserver::SAMPLE;
use serde_json::json;

use crate::{
    context::Context,
    env,
    exit::Exit,
    output, shell,
    tree::{Placed, Replacing},
};

/// File name of the schema, written beside the workspace.
pub(super) const SCHEMA_NAME: &str = "hookpoint.schema.json";
pub(super) const SCHEMA: &str = include_str!("../../../../schemas/hookpoint.schema.json");
/// File name of the schema of cases, beside the workspace too.
pub(super) const CASE_SCHEMA_NAME: &str = "hookpoint.case.schema.json";
pub(super) const CASE_SCHEMA: &str = include_str!("../../../../schemas/case.schema.json");

/// File name of the settings of the TypeScript compiler.
pub(crate) const TYPESCRIPT_SETTINGS: &str = "tsconfig.json";

/// How to leave the files of this folder alone.
const IN_A_FOLDER: &str = "name a new folder: `hookpoint init my-hooks`";

/// Files that every project has: those of the folder stay.
const OWN: [&str; 2] = [".gitignore", "README.md"];

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// A folder for the workspace: a hook, its types and its case [default: the current folder]
    name: Option<PathBuf>,

    /// Write the built-in sample as ./hookpoint.yaml instead
    #[arg(long, conflicts_with = "name")]
    sample: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Init {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let made = if self.sample {
            sample(context)?
        } else {
            new_workspace(self.name.as_deref(), context)?
        };
        if self.json {
            output::print_json(&json!({
                "workspace": made.workspace,
                "written": made.written,
                "hook": made.hook,
            }))?;
        } else {
            output::print(&made.text)?;
        }
        Ok(Exit::Done)
    }
}

/// What was written.
struct Made {
    workspace: PathBuf,
    written: Vec<PathBuf>,
    /// The file of the hook.
    hook: Option<PathBuf>,
    /// What to do next, for people.
    text: String,
}

/// Names and texts of the files beside hooks in TypeScript and their cases: types and a schema, and for a new workspace
/// also those that compilers, editors and git read.
pub(crate) fn accompanying(is_new: bool) -> Vec<(&'static str, String)> {
    let beside_new = [TYPESCRIPT_SETTINGS, SCHEMA_NAME, ".gitignore"];
    let is_needed = |name: &str| {
        let is_always = name.ends_with("d.ts") || name == CASE_SCHEMA_NAME;
        is_always || (is_new && beside_new.contains(&name))
    };
    let files = workspace::files(true).into_iter();
    files.filter(|(name, _)| is_needed(name)).collect()
}

/// The first line of a workspace, for editors.
pub(crate) fn schema_line() -> String {
    format!("# yaml-language-server: $schema={SCHEMA_NAME}\n")
}

/// Makes a workspace in a folder that has none, as a whole or not at all.
fn new_workspace(name: Option<&Path>, context: &Context) -> anyhow::Result<Made> {
    if context.is_named {
        bail!(
            "`--workspace` names a file, and `init` makes a folder of files: leave it out, or add `--sample`"
        );
    }
    if name.is_none() {
        context.is_without_workspace()?;
    }
    let folder = name.unwrap_or(Path::new(""));
    let (kept, files): (Vec<_>, Vec<_>) = workspace::files(context.has_bundler())
        .into_iter()
        .partition(|(name, _)| OWN.contains(name) && folder.join(name).is_file());
    let taken: Vec<_> = files
        .iter()
        .map(|(name, _)| folder.join(name))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| format!("`{}`", path.display()))
        .collect();
    if !taken.is_empty() {
        let (verb, remedy) = match (taken.len(), name) {
            (1, Some(_)) => ("already exists and stays as it is", "choose another folder"),
            (_, Some(_)) => (
                "already exist and stay as they are",
                "choose another folder",
            ),
            (1, None) => ("already exists and stays as it is", "move it away, or "),
            (_, None) => ("already exist and stay as they are", "move them away, or "),
        };
        let folder = if name.is_none() { IN_A_FOLDER } else { "" };
        bail!("{} {verb}; {remedy}{folder}", taken.join(", "));
    }
    let mut placed = Placed::default();
    let mut written = Vec::new();
    for (name, text) in &files {
        let path = folder.join(name);
        placed
            .write(&path, text)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        written.push(path);
    }
    placed.keep();
    let hook = workspace::hook(context.has_bundler());
    let (program, place, enter) = match name {
        Some(name) if name.as_os_str() != "." => (
            env::program_elsewhere(),
            name.display().to_string(),
            format!("\n  cd {}", shell::quote(&name.display().to_string())),
        ),
        _ => (env::program(), "hookpoint.yaml".to_owned(), String::new()),
    };
    let program = shell::quote(&program);
    let wrote = output::prose(&format!(
        "wrote {place}: the hook {hook}, its types and its case; next:"
    ));
    let mut text = format!(
        "{wrote}{enter}\n  {program} try {hook} --stage before-registration\n  {program} test\n  {program} dev"
    );
    if !context.has_bundler() {
        text += "\n";
        text += &output::prose(
            "The hook is JavaScript: TypeScript and packages need `hookpoint-bundler`, which `cargo build -p hookpoint-bundler` builds.",
        );
    }
    for (name, text_of_file) in kept {
        let path = folder.join(name);
        let mut remark = format!("{} stays as it is", path.display());
        // Secrets are in a folder that must not be committed.
        if name == ".gitignore" {
            let lines: Vec<_> = text_of_file
                .lines()
                .map(|line| format!("`{line}`"))
                .collect();
            remark += ": see that it has ";
            remark += &lines.join(" and ");
        }
        text += "\n";
        text += &output::prose(&remark);
    }
    Ok(Made {
        workspace: folder.join("hookpoint.yaml"),
        written,
        hook: Some(folder.join(hook)),
        text,
    })
}

fn sample(context: &Context) -> anyhow::Result<Made> {
    context.is_without_workspace()?;
    let path = context.source.path();
    let shown = path.display();
    let text = format!("{}{SAMPLE}", schema_line());
    // Both are complete on the disk before one of them gets its name.
    let schema = path.with_file_name(SCHEMA_NAME);
    let mut replacing = Replacing::default();
    replacing
        .write(&schema, SCHEMA)
        .with_context(|| format!("failed to write `{}`", schema.display()))?;
    let mut placed = Placed::default();
    match placed.write(path, &text) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!(
                "`{shown}` already exists and stays as it is; remove it first, or name another file with `--workspace`"
            )
        }
        Err(error) => return Err(error).context(format!("failed to create `{shown}`")),
    }
    replacing.finish().map_err(|(file, error)| {
        anyhow::Error::new(error).context(format!("failed to write `{}`", file.display()))
    })?;
    placed.keep();
    Ok(Made {
        workspace: path.to_owned(),
        written: vec![path.to_owned(), schema],
        hook: None,
        text: output::prose(&format!(
            "wrote {shown}, and {SCHEMA_NAME} for your editor; try `{}`, or `{}`",
            shell::command(["dev"], context),
            shell::command(["trigger", "conversation-start"], context)
        )),
    })
}
