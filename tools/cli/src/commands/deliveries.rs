//! `hookpoint deliveries`: shows and changes what waits in the queue.

mod shown;

use std::time::SystemTime;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
#[cfg(feature = "aws")]
use hookpoint_aws::SqsQueue;
use hookpoint_engine::audit::AuditAction;
use hookpoint_local::{LocalStore, WaitingDelivery};
use serde_json::json;

use crate::{
    context::Context,
    exit::Exit,
    id_part,
    output::{self, DIM, printable},
    queue::{Queue, QueueArguments},
};

pub(crate) use self::shown::to_full_json;

pub(crate) const QUEUES: &str = "\
SQS counts its messages and lists none, so `list` shows numbers for a queue of SQS, and `show`, `cancel` and `retry` work on the local \
queue only. To stop deliveries on AWS, `hookpoint pause` their binding; `hookpoint runs list` shows the attempts so far.";

/// How many are looked through for an id.
const LOOKED_THROUGH: usize = 100_000;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Deliveries {
    /// List the deliveries that wait for an attempt, the next one first
    List(List),
    /// Show one delivery with its event
    Show(Show),
    /// Remove deliveries from the queue permanently
    Cancel(Change),
    /// Make deliveries due now
    Retry(Change),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// How many to list
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The delivery: its id from the list, or the beginning or end of it
    id: String,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The deliveries: their ids from the list, or the beginnings or ends of them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Print the number as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    queue: QueueArguments,
}

impl Deliveries {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Cancel(change) => change.cancel(context).await,
            Self::Retry(change) => change.retry(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = match self.queue.queue(&context.source).await? {
            Queue::Local(store) => store,
            #[cfg(feature = "aws")]
            Queue::Sqs(queue) => return self.count(&queue).await,
        };
        let now = SystemTime::now();
        let (waiting, count) = store.waiting_deliveries(self.limit.into(), now).await?;
        if self.json {
            output::print_json(&json!({
                "count": count,
                "deliveries": waiting.iter().map(shown::to_json).collect::<Vec<_>>(),
            }))?;
            return Ok(Exit::Done);
        }
        if waiting.is_empty() {
            output::say("the queue is empty")?;
            return Ok(Exit::Done);
        }
        output::print(&shown::table(&waiting, now))?;
        if count > waiting.len() {
            let rest = format!(
                "these are {} of {count}; `--limit` sets the number shown",
                waiting.len()
            );
            output::remark(DIM, &rest)?;
        }
        Ok(Exit::Done)
    }

    #[cfg(feature = "aws")]
    async fn count(&self, queue: &SqsQueue) -> anyhow::Result<Exit> {
        let counts = queue.counts().await?;
        if self.json {
            output::print_json(&json!({
                "count": counts.due + counts.in_progress + counts.delayed,
                "due": counts.due,
                "inProgress": counts.in_progress,
                "delayed": counts.delayed,
                "deliveries": null,
            }))?;
            return Ok(Exit::Done);
        }
        output::say(&format!(
            "about {} due, {} in progress or waiting for a retry, {} enqueued for later",
            counts.due, counts.in_progress, counts.delayed
        ))?;
        let why = "SQS does not list messages; `hookpoint runs list` shows the attempts so far";
        output::remark(DIM, why)?;
        Ok(Exit::Done)
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = local(&self.queue, context).await?;
        let waiting = all(&store).await?;
        let found = find(&self.id, &waiting)?;
        if self.json {
            output::print_json(&shown::to_full_json(found))?;
        } else {
            output::print(&shown::full(found))?;
        }
        Ok(Exit::Done)
    }
}

impl Change {
    async fn cancel(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = local(&self.queue, context).await?;
        let mut cancelled = 0;
        for delivery in self.found(&store).await? {
            let action = AuditAction::CancelDelivery;
            self.record(context, action, &delivery).await?;
            cancelled += usize::from(store.cancel_delivery(&delivery.id).await?);
        }
        self.report(cancelled, "cancelled")
    }

    async fn retry(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = local(&self.queue, context).await?;
        let mut hastened = 0;
        for delivery in self.found(&store).await? {
            let action = AuditAction::RetryDelivery;
            self.record(context, action, &delivery).await?;
            let now = SystemTime::now();
            hastened += usize::from(store.hasten_delivery(&delivery.id, now).await?);
        }
        self.report(hastened, "due now")?;
        if hastened > 0 && !self.json {
            let worker = "`hookpoint dev` delivers them while it runs";
            output::remark(DIM, worker)?;
        }
        Ok(Exit::Done)
    }

    /// The deliveries, all of which must be there.
    async fn found(&self, store: &LocalStore) -> anyhow::Result<Vec<WaitingDelivery>> {
        let waiting = all(store).await?;
        let found = self.ids.iter().map(|id| Ok(find(id, &waiting)?.clone()));
        found.collect()
    }

    async fn record(
        &self,
        context: &Context,
        action: AuditAction,
        delivery: &WaitingDelivery,
    ) -> anyhow::Result<()> {
        let job = delivery.job.as_ref();
        let application = job.ok().map(|job| &job.application);
        let what = format!("delivery {}", delivery.id);
        let recorded = self
            .queue
            .record(&context.source, action, application, &what);
        recorded.await
    }

    fn report(&self, changed: usize, what: &str) -> anyhow::Result<Exit> {
        if self.json {
            let member = what.split(' ').next().unwrap_or(what);
            output::print_json(&json!({ member: changed }))?;
        } else {
            output::say(&format!(
                "{} {what}",
                output::plural(changed, "delivery", "deliveries")
            ))?;
        }
        let missed = self.ids.len().saturating_sub(changed);
        if missed > 0 {
            bail!(
                "{} not changed: an attempt is in progress or has just ended; see `hookpoint deliveries list`",
                output::plural(missed, "delivery was", "deliveries were")
            );
        }
        Ok(Exit::Done)
    }
}

async fn local(queue: &QueueArguments, context: &Context) -> anyhow::Result<LocalStore> {
    match queue.queue(&context.source).await? {
        Queue::Local(store) => Ok(store),
        #[cfg(feature = "aws")]
        Queue::Sqs(queue) => bail!(
            "SQS neither lists nor changes single messages of `{}`; `hookpoint deliveries list` counts them, `hookpoint runs list` shows the attempts so far, and `hookpoint pause` stops those of a binding",
            queue.url()
        ),
    }
}

async fn all(store: &LocalStore) -> anyhow::Result<Vec<WaitingDelivery>> {
    let (waiting, _) = store
        .waiting_deliveries(LOOKED_THROUGH, SystemTime::now())
        .await?;
    Ok(waiting)
}

/// The delivery with this id, or the only one whose id begins or ends like this.
fn find<'a>(id: &str, waiting: &'a [WaitingDelivery]) -> anyhow::Result<&'a WaitingDelivery> {
    let names = ["delivery", "deliveries"];
    let found = id_part::find(id, names, waiting, |one| &one.id, candidate)?;
    found.ok_or_else(|| {
        anyhow!(
            "no delivery `{}` waits; see `hookpoint deliveries list`, or `hookpoint dead-letters list` for those given up",
            printable(id)
        )
    })
}

/// A delivery among those that a part of an id may mean.
fn candidate(waiting: &WaitingDelivery) -> String {
    match &waiting.job {
        Ok(job) => format!("{} {}", job.stage.name(), job.hook.name),
        Err(message) => message.reason.clone(),
    }
}
