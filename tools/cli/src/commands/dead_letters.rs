//! `hookpoint dead-letters`: lists, redrives and drops deliveries that were given up.

mod choice;
mod filter;
mod shown;

use std::time::SystemTime;

use clap::{Args, Subcommand};
use hookpoint_engine::{
    audit::AuditAction,
    hook::outcome::FailureClass,
    ports::{DeadLetter, DeadLetters, FoundLetters, Selection},
};
use serde_json::{Value, json};

pub(crate) use self::shown::{job_to_json, to_full_json};
use self::{choice::ChoiceArguments, filter::FilterArguments};
use super::{applications, hooks};
use crate::{
    context::Context,
    exit::{self, Exit},
    output::{self, WARNING, printable},
    queue::QueueArguments,
};

/// Maximum number read to count what cannot be redriven.
const LOOKED_THROUGH: usize = 1_000;

/// Help on endpoints that are gone.
const GONE: &str = "`gone`: the endpoint answered 410, and nothing more is sent to it; `hookpoint applications list` shows the binding. When the endpoint is back, `hookpoint resume --application ID`, then `hookpoint dead-letters redrive --reason gone`";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Letters {
    /// List dead letters, the oldest first
    List(List),
    /// Show one dead letter with its event
    Show(Show),
    /// Put deliveries back into the queue, with their ids and starting at the first attempt
    Redrive(Redrive),
    /// Delete dead letters permanently
    Drop(Drop),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    filter: FilterArguments,

    /// How many to list
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
    /// The dead letter, by its id from the list; locally the beginning or end of it is enough
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

    /// Print the number as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Drop {
    #[command(flatten)]
    choice: ChoiceArguments,

    /// Skip the confirmation for removing all, or all that match
    #[arg(long, conflicts_with = "ids")]
    yes: bool,

    /// Print the number as JSON
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
        let which = self.filter.selection();
        let found = queue.find_dead_letters(&which, self.limit.into()).await?;
        if found.letters.is_empty() && found.is_all {
            refuse_unknown(&self.queue, context, &self.filter).await?;
        }
        if self.json {
            output::print_json(&found.letters.iter().map(shown::to_json).collect())?;
        } else if found.letters.is_empty() {
            output::say(match (found.is_all, which == Selection::All) {
                (true, true) => "no dead letters",
                (true, false) => "no dead letters match",
                (false, _) => "no dead letters found",
            })?;
        } else {
            output::print(&shown::table(&found.letters, self.queue.is_local()))?;
            if found.letters.iter().any(is_gone) {
                output::remark(output::PLAIN, GONE)?;
            }
        }
        if let Some(remark) = self.remark(&found) {
            output::remark(WARNING, &remark)?;
        }
        Ok(Exit::Done)
    }

    /// A remark on dead letters that may be missing from the list.
    fn remark(&self, found: &FoundLetters) -> Option<String> {
        if found.is_all {
            None
        } else if found.letters.len() < usize::from(self.limit) {
            Some(
                "time ran out before all dead letters were read; the list is incomplete".to_owned(),
            )
        } else {
            Some(format!(
                "these are the first {}, and there may be more; `--limit` sets the number shown",
                self.limit
            ))
        }
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let which = Selection::Only([self.id.clone()].into());
        let mut found = queue.find_dead_letters(&which, 1).await?;
        if found.letters.is_empty() && self.queue.is_local() {
            // A queue of AWS hides for a while what was read.
            let all = queue
                .find_dead_letters(&Selection::All, LOOKED_THROUGH)
                .await?;
            found.letters = choice::named(&self.id, &all.letters)?
                .cloned()
                .into_iter()
                .collect();
            found.is_all = all.is_all;
        }
        let Some(letter) = found.letters.pop() else {
            return Err(self.not_found(found.is_all));
        };
        if self.json {
            output::print_json(&shown::to_full_json(&letter))?;
        } else {
            output::print(&shown::full(&letter))?;
        }
        Ok(Exit::Done)
    }

    fn not_found(&self, is_all: bool) -> anyhow::Error {
        let id = printable(&self.id);
        if !is_all {
            return anyhow::anyhow!(
                "dead letter `{id}` was not found before time ran out; retry, or first reduce their number with `hookpoint dead-letters redrive` or `drop`"
            );
        }
        let in_hand = if self.queue.is_local() {
            ""
        } else {
            "; one that another command is reading is hidden for up to two minutes"
        };
        anyhow::anyhow!(
            "there is no dead letter `{id}`; see `hookpoint dead-letters list`{in_hand}"
        )
    }
}

impl Redrive {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let is_local = self.queue.is_local();
        let choice = self.choice.whole(queue.as_ref(), is_local).await?;
        let which = choice.selection();
        let (what, application) = (choice.describe(), choice.application());
        refuse_unknown_choice(&self.queue, context, queue.as_ref(), &choice).await?;
        let source = &context.source;
        let recorded = self
            .queue
            .record(source, AuditAction::Redrive, application, &what);
        recorded.await?;
        let count = queue.redrive(&which, SystemTime::now()).await?;
        let mut reported = choice.report_missing(count);
        if reported.is_ok() {
            reported = choice.report_unredriven(queue.as_ref()).await;
        }
        if self.json {
            return in_one_object(json!({ "redriven": count }), reported);
        }
        let worker = if is_local {
            "; `hookpoint dev` delivers them while it runs"
        } else {
            ""
        };
        output::say(&done(count, &format!("back in the queue{worker}")))?;
        reported
    }
}

impl Drop {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let queue = self.queue.dead_letters(&context.source).await?;
        let is_local = self.queue.is_local();
        let choice = self.choice.whole(queue.as_ref(), is_local).await?;
        refuse_unknown_choice(&self.queue, context, queue.as_ref(), &choice).await?;
        if !self.yes && !choice.is_meant()? {
            if self.json {
                output::print_json(&json!({ "dropped": 0 }))?;
            } else {
                output::say("nothing was removed")?;
            }
            return Ok(Exit::Done);
        }
        let (what, application) = (choice.describe(), choice.application());
        let (source, action) = (&context.source, AuditAction::DropDeadLetters);
        self.queue
            .record(source, action, application, &what)
            .await?;
        let count = queue.drop_dead_letters(&choice.selection()).await?;
        let reported = choice.report_missing(count);
        if self.json {
            return in_one_object(json!({ "dropped": count }), reported);
        }
        if count == 0 {
            output::say("nothing was removed")?;
        } else {
            output::say(&done(count, "removed permanently"))?;
        }
        reported
    }
}

/// Prints what was done and what was not as one object.
fn in_one_object(mut done: Value, reported: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
    let exit = reported.unwrap_or_else(|error| {
        done["error"] = exit::to_json(&error)["error"].take();
        Exit::Refused
    });
    output::print_json(&done)?;
    Ok(exit)
}

/// Fails if the application or hook is not published. With queues that are named by their URLs no table is known.
async fn refuse_unknown(
    queue: &QueueArguments,
    context: &Context,
    filter: &FilterArguments,
) -> anyhow::Result<()> {
    if filter.application.is_none() && filter.hook.is_none() {
        return Ok(());
    }
    let Some(store) = queue.store(&context.source).await? else {
        return Ok(());
    };
    let publisher = store.publisher();
    applications::refuse_unknown(publisher.as_ref(), filter.application.as_ref()).await?;
    hooks::refuse_unpublished(publisher.as_ref(), filter.hook.as_ref()).await
}

/// Fails if the application or hook is not published, and has left no dead letters behind.
async fn refuse_unknown_choice(
    arguments: &QueueArguments,
    context: &Context,
    queue: &dyn DeadLetters,
    choice: &ChoiceArguments,
) -> anyhow::Result<()> {
    let Err(unknown) = refuse_unknown(arguments, context, choice.filter()).await else {
        return Ok(());
    };
    let found = queue.find_dead_letters(&choice.selection(), 1).await?;
    if found.letters.is_empty() && found.is_all {
        return Err(unknown);
    }
    Ok(())
}

fn is_gone(letter: &DeadLetter) -> bool {
    letter.code() == FailureClass::Gone.as_str()
}

/// The result for `count` deliveries, in words.
fn done(count: usize, what: &str) -> String {
    match count {
        0 => "no dead letters matched".to_owned(),
        1 => format!("1 delivery is {what}"),
        count => format!("{count} deliveries are {what}"),
    }
}
