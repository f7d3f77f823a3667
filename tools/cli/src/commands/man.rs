//! `hookpoint man`: writes manual pages.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Command};

use crate::{
    exit::Exit,
    output::{self, plural},
};

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder, such as ~/.local/share/man/man1; it is created
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> anyhow::Result<Exit> {
        let failed = || format!("failed to write to `{}`", self.folder.display());
        fs::create_dir_all(&self.folder).with_context(failed)?;
        // Every command has a `help`, which needs no page.
        let command = command.disable_help_subcommand(true);
        clap_mangen::generate_to(command, &self.folder).with_context(failed)?;
        let written = fs::read_dir(&self.folder).with_context(failed)?.count();
        output::say(&format!(
            "{} in {}; `man -l {}` shows the first",
            plural(written, "page", "pages"),
            self.folder.display(),
            self.folder.join("hookpoint.1").display()
        ))?;
        Ok(Exit::Done)
    }
}
