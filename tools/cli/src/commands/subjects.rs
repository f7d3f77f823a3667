//! `hookpoint subjects`: what is stored about a person.

mod shown;

use std::{sync::Arc, time::SystemTime};

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::{
    audit::AuditAction,
    event::subject::is_about,
    identifier::ApplicationId,
    ports::{DeadLetters, KeptEvents, Publisher, RunStore},
    publish::Erasure,
};
use hookpoint_local::{LocalStore, WaitingDelivery};
use hookpoint_operator::{Examined, SubjectData, SubjectStores};

pub(crate) use self::shown::summary;
use super::applications::refuse_unknown;
use crate::{
    audit,
    context::Context,
    env,
    exit::Exit,
    output::{self, DIM, WARNING},
    store::{Store, StoreArguments},
};

/// Help on data that the search cannot find.
pub(crate) const REACH: &str = "\
Kept events, deliveries and dead letters are found by the account id, an identifier, the user name, the user or conversation id, or \
`PROVIDER+SUB` of an external login. What cannot be found that way, and when it expires, is printed with the result; docs/personal-data.md \
has the whole table.";

/// Maximum number of waiting deliveries that are searched.
const WAITING: usize = 1_000_000;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Subjects {
    /// Show what is stored about a person
    #[command(after_help = REACH)]
    Export(Export),
    /// Erase what is stored about a person, and record who did it, when and how much
    #[command(after_help = REACH)]
    Erase(Erase),
}

#[derive(Debug, Args)]
pub(crate) struct Who {
    /// A name of the person, exactly as in events
    id: String,

    /// The application that posted the events
    #[arg(long, value_name = "ID")]
    application: ApplicationId,

    /// The SQS queue of dead letters, with `--table`
    #[arg(long, value_name = "URL", requires = "table")]
    dead_letter_queue_url: Option<String>,

    #[command(flatten)]
    store: StoreArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    who: Who,

    /// Print everything as JSON, the events included
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[command(flatten)]
    who: Who,

    /// Erase without asking; required without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print what was erased as JSON
    #[arg(long)]
    json: bool,
}

/// What was found, and where.
struct Found {
    store: Store,
    queue: Option<Arc<dyn DeadLetters>>,
    data: SubjectData,
    /// Of the queue in the local store; SQS lists no messages.
    deliveries: Vec<WaitingDelivery>,
}

impl Subjects {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Export(export) => export.run(context).await,
            Self::Erase(erase) => erase.run(context).await,
        }
    }
}

impl Who {
    async fn find(&self, context: &Context) -> anyhow::Result<Found> {
        if self.id.is_empty() {
            bail!(
                "the name of the person is empty; pass one that events use, such as the account id"
            );
        }
        let store = self.store.store(&context.source).await?;
        let dead_letters = self.dead_letter_queue_url.as_deref();
        let queue = self.store.dead_letters(&store, dead_letters).await?;
        let found = Found {
            data: SubjectData::default(),
            deliveries: match store.as_local() {
                Some(local) => self.waiting(local).await?,
                None => Vec::new(),
            },
            store,
            queue,
        };
        let (runs, kept) = (found.store.runs(), found.store.kept());
        let stores = found.stores(runs.as_ref(), kept.as_ref());
        let data = stores.find(&self.application, &self.id).await?;
        let found = Found { data, ..found };
        if found.is_empty() {
            let publisher = found.store.publisher();
            refuse_unknown(publisher.as_ref(), Some(&self.application)).await?;
        }
        Ok(found)
    }

    /// Records that data of a person is shown: who asks, and not about whom.
    async fn record_showing(&self, found: &Found) -> anyhow::Result<()> {
        let what = format!("{} of a person", shown::summary(&found.amount()));
        let application = Some(&self.application);
        audit::record(&found.store, AuditAction::ExportSubject, application, &what).await
    }

    async fn waiting(&self, local: &LocalStore) -> anyhow::Result<Vec<WaitingDelivery>> {
        let (mut waiting, _) = local.waiting_deliveries(WAITING, SystemTime::now()).await?;
        waiting.retain(|waiting| {
            waiting.job.as_ref().is_ok_and(|job| {
                job.application == self.application && is_about(job.stage, &job.event, &self.id)
            })
        });
        Ok(waiting)
    }
}

impl Found {
    fn stores<'a>(&'a self, runs: &'a dyn RunStore, kept: &'a dyn KeptEvents) -> SubjectStores<'a> {
        SubjectStores {
            runs,
            kept,
            dead_letters: self.queue.as_deref(),
        }
    }

    fn is_empty(&self) -> bool {
        self.data.is_empty() && self.deliveries.is_empty()
    }

    fn amount(&self) -> Erasure {
        Erasure {
            runs: self.data.runs.len(),
            deliveries: self.deliveries.len(),
            dead_letters: self.data.dead_letters.len(),
        }
    }

    /// Data that the search cannot find, and when it expires.
    fn out_of_reach(&self) -> Vec<String> {
        let mut left = Vec::new();
        if !self.data.damaged.is_empty() {
            left.push(format!(
                "{} cannot be read; they expire with their records, seven days after the run unless set otherwise",
                output::count(self.data.damaged.len(), "kept event")
            ));
        }
        match self.data.examined {
            Examined::All => {}
            Examined::InTime => left.push(
                "some dead letters were not examined before time ran out: repeat the command"
                    .to_owned(),
            ),
            Examined::Limit(limit) => left.push(format!(
                "dead letters of the application beyond {limit}: redrive or drop some with `{} dead-letters`, and repeat the command",
                env::program()
            )),
        }
        if self.store.as_local().is_none() {
            left.push("deliveries that wait in SQS, which lists and changes no messages: most are done within seconds, retries within about nine hours; SQS deletes one that no worker takes after four days, in a FIFO queue after 14".to_owned());
            if self.queue.is_none() {
                left.push("dead letters, because their queue is not known: name it with `--dead-letter-queue-url`, or use `--stack`".to_owned());
            }
            left.push("backups of the table: any time of the last 35 days can be restored; erase again after a restoration".to_owned());
            left.push("logs, which hold no events, but what scripts write: they are kept for `LogRetentionDays`".to_owned());
        }
        left.push("runs of events that were not kept: their records and logs name no person, except in what a script logged or an endpoint answered. They expire after seven days unless set otherwise".to_owned());
        left.push("responses stored for idempotency keys and used continuation tokens: they are found by key only, and are not replayed after an hour".to_owned());
        left.push(
            "continuation tokens: the host holds them, sealed; they are valid for 15 minutes"
                .to_owned(),
        );
        left
    }
}

impl Export {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let found = self.who.find(context).await?;
        self.who.record_showing(&found).await?;
        if self.json {
            output::print_json(&shown::to_json(&self.who.id, &self.who.application, &found))?;
            return Ok(Exit::Done);
        }
        if found.is_empty() {
            output::say("nothing was found")?;
        } else {
            output::print(&shown::render(&found))?;
            output::remark(DIM, "`--json` prints everything, the events included")?;
        }
        report_out_of_reach(&found)?;
        Ok(Exit::Done)
    }
}

impl Erase {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let found = self.who.find(context).await?;
        if found.is_empty() {
            if self.json {
                output::print_json(&shown::erased(&Erasure::default(), &found))?;
            } else {
                output::say("nothing was found")?;
                report_out_of_reach(&found)?;
            }
            return Ok(Exit::Done);
        }
        if !self.yes {
            if !output::is_interactive() {
                bail!("erasing cannot be undone; add `--yes`");
            }
            self.who.record_showing(&found).await?;
            output::note(&shown::render(&found))?;
            if !output::confirm("Erase all of it permanently?")? {
                if self.json {
                    output::print_json(&shown::erased(&Erasure::default(), &found))?;
                } else {
                    output::say("nothing was erased")?;
                }
                return Ok(Exit::Done);
            }
        }
        let publisher = found.store.publisher();
        let by = match found.store.user().await {
            Ok(by) => by,
            Err(reason) => bail!(
                "nothing was erased: the history must record who erases, and your identity cannot be read: {reason}"
            ),
        };
        let erasure = self.erase(&found, publisher.as_ref(), by).await?;
        if self.json {
            output::print_json(&shown::erased(&erasure, &found))?;
        } else {
            output::say(&format!("erased {}", shown::summary(&erasure)))?;
            output::remark(DIM, "`hookpoint publications list` shows by whom")?;
            report_out_of_reach(&found)?;
        }
        Ok(Exit::Done)
    }

    async fn erase(
        &self,
        found: &Found,
        publisher: &dyn Publisher,
        by: String,
    ) -> anyhow::Result<Erasure> {
        let (runs, kept) = (found.store.runs(), found.store.kept());
        let stores = found.stores(runs.as_ref(), kept.as_ref());
        let erasure = stores
            .erase(
                publisher,
                &self.who.application,
                &found.data,
                found.deliveries.len(),
                by,
                SystemTime::now(),
            )
            .await?;
        if let Some(local) = found.store.as_local() {
            for delivery in &found.deliveries {
                local.cancel_delivery(&delivery.id).await?;
            }
        }
        Ok(erasure)
    }
}

/// Prints which data the search cannot find.
fn report_out_of_reach(found: &Found) -> std::io::Result<()> {
    let lines = found.out_of_reach().into_iter();
    let lines: Vec<_> = lines.map(|line| format!("  {line}")).collect();
    output::remark(WARNING, "not searched:")?;
    output::remark(output::PLAIN, &lines.join("\n"))
}
