//! Which dead letters are meant.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::bail;
use clap::Args;
use hookpoint_engine::ports::{DeadLetters, Selection};

use super::{LOOKED_THROUGH, filter::FilterArguments};
use crate::{
    exit::Exit,
    output::{self, WARNING, paint},
};

/// Some of them, those that are about something, or all.
#[derive(Debug, Args)]
pub(super) struct ChoiceArguments {
    /// Dead letters, by their ids from the list
    #[arg(
        value_name = "ID",
        required_unless_present_any = ["all", "filter"],
        conflicts_with_all = ["all", "filter"]
    )]
    pub(super) ids: Vec<String>,

    /// All of them
    #[arg(long, conflicts_with = "filter")]
    all: bool,

    #[command(flatten)]
    filter: FilterArguments,
}

impl ChoiceArguments {
    pub(super) fn selection(&self) -> Selection {
        if self.all {
            Selection::All
        } else if self.ids.is_empty() {
            self.filter.selection()
        } else {
            Selection::Only(self.ids.iter().cloned().collect())
        }
    }

    /// Asks whether many are meant, where somebody can answer.
    pub(super) fn is_meant(&self) -> anyhow::Result<bool> {
        let which = match self.selection() {
            Selection::Only(_) => return Ok(true),
            Selection::All => "every dead letter",
            Selection::Matching(_) => "every dead letter that fits",
        };
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            bail!("this removes {which} for ever; say that it is meant by `--yes`");
        }
        let question = format!("This removes {which} for ever. Type `yes` to go on:");
        output::note(&paint(WARNING, &question))?;
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

    /// Says so when some that are meant, and were not named, cannot be sent again.
    pub(super) async fn tell_what_stays(&self, queue: &dyn DeadLetters) -> anyhow::Result<Exit> {
        let which = self.selection();
        if matches!(which, Selection::Only(_)) {
            return Ok(Exit::Done);
        }
        let found = queue.find_dead_letters(&which, LOOKED_THROUGH).await?;
        let unread = found
            .letters
            .iter()
            .filter_map(|letter| letter.job.as_ref().err());
        let (newer, damaged): (Vec<_>, Vec<_>) = unread.partition(|message| message.is_newer);
        // What is a job was given up meanwhile.
        if newer.is_empty() && damaged.is_empty() {
            return Ok(Exit::Done);
        }
        let at_least = if found.is_all { "" } else { "at least " };
        let messages = |count: usize, singular: &str, plural: &str| match count {
            0 => None,
            1 => Some(format!("{at_least}1 message stays, because {singular}")),
            _ => Some(format!("{at_least}{count} messages stay, because {plural}")),
        };
        let newer = messages(
            newer.len(),
            "a newer Hookpoint wrote it: upgrade, then redrive it",
            "a newer Hookpoint wrote them: upgrade, then redrive them",
        );
        let damaged = messages(
            damaged.len(),
            "it is no job: `hookpoint dead-letters show ID` shows what is wrong, `drop ID` removes it",
            "they are no jobs: `hookpoint dead-letters show ID` shows what is wrong, `drop ID` removes it",
        );
        let all: Vec<_> = newer.into_iter().chain(damaged).collect();
        bail!("{}", all.join("\n"))
    }
}
