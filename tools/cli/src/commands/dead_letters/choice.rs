//! Options that select dead letters to redrive or drop.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::bail;
use clap::Args;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{DeadLetter, DeadLetters, Selection},
};

use super::{LOOKED_THROUGH, filter::FilterArguments};
use crate::{
    exit::Exit,
    id_part,
    output::{self, WARNING},
};

/// The dead letter with this id, or the only one whose id begins or ends like this.
pub(super) fn named<'a>(
    id: &str,
    letters: &'a [DeadLetter],
) -> anyhow::Result<Option<&'a DeadLetter>> {
    let names = ["dead letter", "dead letters"];
    id_part::find(
        id,
        names,
        letters,
        |letter| &letter.id,
        |letter| letter.code().to_owned(),
    )
}

/// Dead letters by id, by filter, or all.
#[derive(Debug, Clone, Args)]
pub(super) struct ChoiceArguments {
    /// Dead letters, by their ids from the list; locally the beginnings or ends of them are enough
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
    /// With whole ids in place of their parts. A queue of AWS finds no letter by a part: it hides for a while what was read.
    pub(super) async fn whole(
        &self,
        queue: &dyn DeadLetters,
        is_local: bool,
    ) -> anyhow::Result<Self> {
        if self.ids.is_empty() || !is_local {
            return Ok(self.clone());
        }
        let found = queue
            .find_dead_letters(&Selection::All, LOOKED_THROUGH)
            .await?;
        let ids = self.ids.iter().map(|id| {
            let letter = named(id, &found.letters)?;
            Ok(letter.map_or_else(|| id.clone(), |letter| letter.id.clone()))
        });
        Ok(Self {
            ids: ids.collect::<anyhow::Result<_>>()?,
            ..self.clone()
        })
    }

    pub(super) fn selection(&self) -> Selection {
        if self.all {
            Selection::All
        } else if self.ids.is_empty() {
            self.filter.selection()
        } else {
            Selection::Only(self.ids.iter().cloned().collect())
        }
    }

    /// The application that all of them are of, if one is named.
    pub(super) fn application(&self) -> Option<&ApplicationId> {
        self.filter.application.as_ref()
    }

    pub(super) fn filter(&self) -> &FilterArguments {
        &self.filter
    }

    /// Names the selection in a line.
    pub(super) fn describe(&self) -> String {
        if !self.ids.is_empty() {
            return format!("dead letters {}", self.ids.join(", "));
        }
        if self.all {
            return "all dead letters".to_owned();
        }
        format!("dead letters with {}", self.filter.describe())
    }

    /// Asks for confirmation on a terminal before many are removed.
    pub(super) fn is_meant(&self) -> anyhow::Result<bool> {
        let which = match self.selection() {
            Selection::Only(_) => return Ok(true),
            Selection::All => "every dead letter",
            Selection::Matching(_) => "every matching dead letter",
        };
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            bail!("this removes {which} permanently; confirm with `--yes`");
        }
        let question = format!("This removes {which} permanently. Type `yes` to continue:");
        output::remark(WARNING, &question)?;
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer)?;
        Ok(answer.trim() == "yes")
    }

    /// Reports ids that could not be processed.
    pub(super) fn report_missing(&self, found: usize) -> anyhow::Result<Exit> {
        let Selection::Only(ids) = self.selection() else {
            return Ok(Exit::Done);
        };
        if found >= ids.len() {
            return Ok(Exit::Done);
        }
        bail!(
            "{found} of {} dead letters could be used; the others do not exist or are not deliveries; see `hookpoint dead-letters list`",
            ids.len()
        )
    }

    /// Reports how many of those selected by filter cannot be redriven.
    pub(super) async fn report_unredriven(&self, queue: &dyn DeadLetters) -> anyhow::Result<Exit> {
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
        // Jobs in it were given up meanwhile.
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
            "it is not a job: `hookpoint dead-letters show ID` shows what is wrong, `drop ID` removes it",
            "they are not jobs: `hookpoint dead-letters show ID` shows what is wrong, `drop ID` removes it",
        );
        let all: Vec<_> = newer.into_iter().chain(damaged).collect();
        bail!("{}", all.join("\n"))
    }
}
