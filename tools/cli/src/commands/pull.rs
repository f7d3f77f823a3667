//! `hookpoint pull`: writes what is published as a workspace.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_engine::identifier::ApplicationId;
use hookpoint_operator::pull;
use serde_json::json;

use super::init::{SCHEMA, SCHEMA_NAME, TYPESCRIPT_SETTINGS, accompanying};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, WARNING, count},
    store::StoreArguments,
    tree::{Replacing, link_out_of},
};

/// What to write, and from where.
#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// Only this application with what it uses; may be given several times [default: everything]
    #[arg(long, value_name = "ID")]
    application: Vec<ApplicationId>,

    /// Write into this folder, which need not exist [default: that of the workspace]
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,

    /// Overwrite files that differ
    #[arg(long)]
    force: bool,

    /// Print the names of the files as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Pull {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let chosen = self.application.iter().cloned().collect();
        let pulling = pull(publisher.as_ref(), &chosen);
        let pulled = output::waiting("reading what is published", pulling).await?;
        let path = self.path(context);
        let folder = path.parent().unwrap_or(Path::new(""));
        let workspace = format!(
            "# yaml-language-server: $schema={SCHEMA_NAME}\n{}",
            pulled.workspace
        );
        let mut files: BTreeMap<PathBuf, &str> = pulled
            .files
            .iter()
            .map(|(name, text)| (folder.join(name), text.as_str()))
            .collect();
        files.insert(path.clone(), &workspace);
        files.insert(path.with_file_name(SCHEMA_NAME), SCHEMA);
        // Hooks in TypeScript import the types. Those of an older release, which may be edited, stay.
        let others = if pulled.files.is_empty() {
            Vec::new()
        } else {
            accompanying(!path.exists())
        };
        for (name, text) in &others {
            let path = folder.join(name);
            // Settings of TypeScript belong to a bundle: others than the published ones would make another version.
            if *name != TYPESCRIPT_SETTINGS && !path.exists() {
                files.entry(path).or_insert(text);
            }
        }
        for file in files.keys() {
            // The workspace may be a link where it is not chosen anew.
            if (self.to.is_some() || *file != path)
                && let Some(link) = link_out_of(folder, file)
            {
                bail!(
                    "`{}` is a link out of the folder; nothing was written. Remove the link, or pull into another folder with `--to FOLDER`",
                    link.display()
                );
            }
        }
        let (same, different) = compared(&files)?;
        if !different.is_empty() && !self.force {
            let names: Vec<_> = different
                .iter()
                .map(|path| format!("`{}`", path.display()))
                .collect();
            bail!(
                "{} differ{} from what is published and would be overwritten; nothing was written. Pull into another folder with `--to FOLDER`, or overwrite with `--force`",
                names.join(", "),
                if names.len() == 1 { "s" } else { "" }
            );
        }
        files.retain(|path, _| !same.contains(path));
        write(&files)?;
        let written: Vec<_> = files
            .keys()
            .map(|path| path.display().to_string())
            .collect();
        if self.json {
            output::print_json(&json!({
                "workspace": path.display().to_string(),
                "written": written,
                "remarks": pulled.remarks,
            }))?;
            return Ok(Exit::Done);
        }
        for remark in &pulled.remarks {
            output::remark(WARNING, &output::printable(remark))?;
        }
        for name in &written {
            output::print(&format!("wrote {}", output::printable(name)))?;
        }
        output::say(&format!(
            "{} is what is published: {} written, {} the same already",
            path.display(),
            count(written.len(), "file"),
            same.len()
        ))?;
        Ok(Exit::Done)
    }

    /// The workspace to write.
    fn path(&self, context: &Context) -> PathBuf {
        let path = context.source.path();
        match (&self.to, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    }
}

/// The files that exist with the same text, and those that exist with another.
fn compared(files: &BTreeMap<PathBuf, &str>) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for (path, text) in files {
        match fs::read(path) {
            Ok(found) if found == text.as_bytes() => same.push(path.clone()),
            Ok(_) => different.push(path.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).context(format!("failed to read `{}`", path.display()));
            }
        }
    }
    Ok((same, different))
}

/// Writes all files, or none of them.
fn write(files: &BTreeMap<PathBuf, &str>) -> anyhow::Result<()> {
    let failed = |path: &Path| format!("failed to write `{}`; nothing was written", path.display());
    let mut replacing = Replacing::default();
    for (path, text) in files {
        let prepared = replacing.write(path, text);
        prepared.with_context(|| failed(path))?;
    }
    replacing
        .finish()
        .map_err(|(path, error)| anyhow::Error::new(error).context(failed(&path)))
}
