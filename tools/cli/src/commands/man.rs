//! `hookpoint man`: writes manual pages.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};
use serde_json::json;

use crate::{
    exit::Exit,
    output::{self, plural},
};

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder, such as ~/.local/share/man/man1; it is created
    folder: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> anyhow::Result<Exit> {
        let failed = || format!("failed to write to `{}`", self.folder.display());
        fs::create_dir_all(&self.folder).with_context(failed)?;
        // Every command has a `help`, which needs no page.
        let command = command.disable_help_subcommand(true);
        clap_mangen::generate_to(command, &self.folder).with_context(failed)?;
        let found = fs::read_dir(&self.folder).with_context(failed)?;
        let pages = found
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<BTreeSet<_>>>()
            .with_context(failed)?;
        if self.json {
            output::print_json(&json!({ "folder": self.folder, "pages": pages }))?;
            return Ok(Exit::Done);
        }
        output::say(&format!(
            "{} in {}; `man -l {}` shows the first",
            plural(pages.len(), "page", "pages"),
            self.folder.display(),
            self.folder.join("hookpoint.1").display()
        ))?;
        Ok(Exit::Done)
    }
}
