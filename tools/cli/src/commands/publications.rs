//! `hookpoint publications`: who published what, and when.

mod name;
mod publication;

use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, StoreId},
    publish::Origin,
};
use hookpoint_operator::publication_records;

pub(crate) use self::name::PublicationName;
use self::publication::{Publication, grouped};
use super::{applications::refuse_unpublished, audit::short_identity, publishing};
use crate::{
    context::Context,
    exit::Exit,
    id_part, moment,
    output::{self, Cell, DIM, Table, WARNING},
    store::StoreArguments,
};

/// Characters of a commit's hash that are shown.
const SHORT: usize = 10;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Publications {
    /// List the newest publications
    List(List),
    /// Show what a publication changed
    Show(Show),
}

/// Filters and output options.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    subject: Subject,

    /// How many, the newest first
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    limit: u16,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// What publications are about.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The application's id in hookpoint.yaml, such as `shop`
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// The identity store's id in hookpoint.yaml, such as `people`
    #[arg(long, value_name = "ID", conflicts_with = "application")]
    identity_store: Option<StoreId>,
}

impl Subject {
    /// The application or store, if one is named.
    pub(crate) fn target(&self) -> Option<Target> {
        let application = self.application.clone().map(Target::Application);
        application.or_else(|| self.identity_store.clone().map(Target::Store))
    }
}

/// The publication.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its id or the beginning or end of it, or `last`
    id: PublicationName,

    #[command(flatten)]
    subject: Subject,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Publications {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let subject = self.subject.target();
        let limit = usize::from(self.limit);
        let history = publisher.history(subject.as_ref(), limit).await?;
        let is_empty = history.is_empty();
        let mut records = Vec::new();
        for record in history {
            match record {
                Ok(record) => records.push(record),
                Err(item) => output::remark(WARNING, &format!("not listed: {}", item.error))?,
            }
        }
        if is_empty {
            refuse_unpublished(publisher.as_ref(), subject).await?;
        }
        let publications = grouped(records);
        if self.json {
            output::print_json(&publications.iter().map(Publication::to_json).collect())?;
        } else if is_empty {
            output::say("no publications yet; `dev` and `trigger` publish without a record")?;
        } else {
            output::print(&render(&publications))?;
        }
        Ok(Exit::Done)
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let subject = self.subject.target();
        let found = self.id.find(publisher.as_ref(), subject.as_ref()).await?;
        let Some(id) = found else {
            refuse_unpublished(publisher.as_ref(), subject).await?;
            anyhow::bail!("no publications yet; `dev` and `trigger` publish without a record");
        };
        let records = publication_records(publisher.as_ref(), id, subject.as_ref()).await?;
        let Some(publication) = grouped(records).pop() else {
            anyhow::bail!(
                "there is no publication `{id}`; `hookpoint publications list` shows them"
            );
        };
        if self.json {
            output::print_json(&publication.to_json())?;
        } else {
            let undo = publishing::undo(id, &publication.targets(), &self.store, context);
            output::say(&publication.render(&undo))?;
        }
        Ok(Exit::Done)
    }
}

fn render(publications: &[Publication]) -> String {
    let mut table = Table::new(["id", "time", "by", "action", "changes", "commit"])
        .without(["commit", "action", "time"]);
    let ids = publications.iter().filter_map(Publication::id);
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    let length = id_part::unique_length(ids.iter().map(String::as_str));
    for publication in publications {
        let (Some(id), Some(origin)) = (publication.id(), publication.origin()) else {
            continue;
        };
        table.push([
            Cell::text(id_part::ending(&id.to_string(), length)),
            Cell::text(moment::seconds(id.time())),
            Cell::text(short_identity(&origin.by)),
            Cell::text(origin.action.as_str()),
            Cell::text(publication.summary()),
            Cell::styled(DIM, commit(origin, SHORT)),
        ]);
    }
    table.render()
}

fn commit(origin: &Origin, length: usize) -> String {
    let Some(commit) = &origin.commit else {
        return String::new();
    };
    let id: String = commit.id.chars().take(length).collect();
    let mark = if commit.is_modified { "+" } else { "" };
    format!("{id}{mark}")
}
