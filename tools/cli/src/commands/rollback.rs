//! `hookpoint rollback`: returns to what was published before.

use std::time::SystemTime;

use clap::Args;
use hookpoint_engine::identifier::BindingId;
use hookpoint_operator::{BindingChoice, RollbackError, find_publication, plan_rollback};
use hookpoint_stages::Stage;

use super::{
    applications::refuse_unpublished,
    publications::{PublicationName, Subject},
    publishing::{self, Options},
};
use crate::{
    author::author,
    context::Context,
    exit::Exit,
    output::{self, WARNING},
    stage,
    store::StoreArguments,
};

/// What to undo, and where.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The publication to undo: its id or the beginning or end of it, or `last` [default: the last one; with `--binding`, the
    /// last one that changed the binding]
    id: Option<PublicationName>,

    /// Undo only the change of a binding
    #[arg(long, value_name = "ID")]
    binding: Option<BindingId>,

    /// Undo only changes at a stage
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,

    #[command(flatten)]
    subject: Subject,

    /// Overwrite what has changed again since
    #[arg(long)]
    force: bool,

    /// Publish without asking, as always without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print the changes as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Rollback {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let choice = BindingChoice {
            target: self.subject.target(),
            stage: self.stage,
            id: self.binding.clone(),
        };
        let whole = BindingChoice {
            target: choice.target.clone(),
            ..BindingChoice::default()
        };
        let (id, among) = match &self.id {
            // The newest may be an erasure, which cannot be undone.
            Some(PublicationName::Last) => (None, &whole),
            Some(name) => {
                let target = choice.target.as_ref();
                (name.find(publisher.as_ref(), target).await?, &choice)
            }
            None => (None, &choice),
        };
        let now = SystemTime::now();
        let planning = async {
            let records = find_publication(publisher.as_ref(), id, among).await?;
            plan_rollback(publisher.as_ref(), &records, &choice, self.force).await
        };
        let plan = planning.await;
        if let Err(RollbackError::NothingFound(_)) = plan {
            refuse_unpublished(publisher.as_ref(), choice.target.clone()).await?;
        }
        let plan = plan?;
        for leftover in &plan.leftovers {
            output::remark(WARNING, &output::printable(leftover))?;
        }
        let author = author(&store, context, now).await?;
        let options = Options {
            is_agreed: self.yes,
            is_json: self.json,
            store: &self.store,
            context,
        };
        publishing::publish(plan, publisher.as_ref(), &author, options).await
    }
}
