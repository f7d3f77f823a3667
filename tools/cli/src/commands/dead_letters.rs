//! `hookpoint dead-letters`: the deliveries that were given up.

mod choice;
mod shown;

use std::time::SystemTime;

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::ports::{DeadLetter, DeadLetters};
use serde_json::json;

use self::choice::ChoiceArguments;
use crate::{context::Context, exit::Exit, output, queue::QueueArguments};

/// How many are looked through for one that is to be shown.
const LOOKED_THROUGH: usize = 10_000;

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Letters {
    /// List them, the oldest first
    List(List),
    /// Show one, with its event
    Show(Show),
    /// Put them into the queue again, from their first attempt and under their ids
    Redrive(Redrive),
    /// Remove them for ever
    Drop(Drop),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The dead letter, by its id from the list
    id: String,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Redrive {
    #[command(flatten)]
    choice: ChoiceArguments,

    /// Print how many as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Drop {
    #[command(flatten)]
    choice: ChoiceArguments,

    /// Do not ask before all are removed
    #[arg(long, requires = "all")]
    yes: bool,

    /// Print how many as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

impl Letters {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Redrive(redrive) => redrive.run(context).await,
            Self::Drop(drop) => drop.run(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let letters = queue.dead_letters(self.limit.into()).await?;
        if self.json {
            output::print_json(&letters.iter().map(shown::to_json).collect())?;
        } else if letters.is_empty() {
            output::print("no delivery was given up")?;
        } else {
            output::print(&shown::table(&letters))?;
        }
        Ok(Exit::Done)
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let letter = find(queue.as_ref(), &self.id).await?;
        if self.json {
            output::print_json(&shown::to_full_json(&letter))?;
        } else {
            output::print(&shown::full(&letter))?;
        }
        Ok(Exit::Done)
    }
}

async fn find(queue: &dyn DeadLetters, id: &str) -> anyhow::Result<DeadLetter> {
    let letters = queue.dead_letters(LOOKED_THROUGH).await?;
    let Some(letter) = letters.into_iter().find(|letter| letter.id == id) else {
        bail!(
            "there is no dead letter `{}`; `hookpoint dead-letters list` shows what there is",
            output::printable(id)
        );
    };
    Ok(letter)
}

impl Redrive {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let which = self.choice.selection();
        let count = queue.redrive(&which, SystemTime::now()).await?;
        if self.json {
            output::print_json(&json!({ "redriven": count }))?;
        } else {
            let worker = if self.queue.is_local() {
                "; `hookpoint dev` delivers them while it runs"
            } else {
                ""
            };
            output::print(&format!("{} in the queue again{worker}", are(count)))?;
        }
        self.choice.tell_missing(count)
    }
}

impl Drop {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        if !self.yes && !self.choice.is_meant()? {
            output::print("nothing was removed")?;
            return Ok(Exit::Refused);
        }
        let count = queue.drop_dead_letters(&self.choice.selection()).await?;
        if self.json {
            output::print_json(&json!({ "dropped": count }))?;
        } else {
            output::print(&format!("{} removed for ever", are(count)))?;
        }
        self.choice.tell_missing(count)
    }
}

fn are(count: usize) -> String {
    match count {
        1 => "1 delivery is".to_owned(),
        count => format!("{count} deliveries are"),
    }
}
