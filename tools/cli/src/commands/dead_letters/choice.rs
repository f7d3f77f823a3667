//! Which dead letters are meant.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::bail;
use clap::Args;
use hookpoint_engine::ports::Selection;

use crate::{
    exit::Exit,
    output::{self, WARNING, paint},
};

/// Some of them, or all.
#[derive(Debug, Args)]
pub(super) struct ChoiceArguments {
    /// Dead letters, by their ids from the list
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<String>,

    /// All of them
    #[arg(long)]
    all: bool,
}

impl ChoiceArguments {
    pub(super) fn selection(&self) -> Selection {
        if self.all {
            Selection::All
        } else {
            Selection::Only(self.ids.iter().cloned().collect())
        }
    }

    /// Asks whether all are meant, where somebody can answer.
    pub(super) fn is_meant(&self) -> anyhow::Result<bool> {
        if !self.all {
            return Ok(true);
        }
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            bail!("`--all` removes every dead letter for ever; say that it is meant by `--yes`");
        }
        output::note(&paint(
            WARNING,
            "This removes every dead letter for ever. Type `yes` to go on:",
        ))?;
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer)?;
        Ok(answer.trim() == "yes")
    }

    /// Says so when some that were named were not there.
    pub(super) fn tell_missing(&self, found: usize) -> anyhow::Result<Exit> {
        let Selection::Only(ids) = self.selection() else {
            return Ok(Exit::Done);
        };
        if found >= ids.len() {
            return Ok(Exit::Done);
        }
        bail!(
            "of the {} that were named, {found} could be used; the others are not there, or are no deliveries: `hookpoint dead-letters list` shows what there is",
            ids.len()
        )
    }
}
