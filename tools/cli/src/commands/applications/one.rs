//! Shows and deletes one application.

use std::time::SystemTime;

use clap::Args;
use hookpoint_engine::{
    application::binding::Target, delivery::gone, identifier::ApplicationId, publish::Scope,
};
use hookpoint_operator::{UnknownTarget, bindings_at, plan_deletion};
use serde_json::Value;

use super::{Listed, render};
use crate::{
    author::author,
    commands::{
        bindings,
        publishing::{self, Options},
    },
    context::Context,
    exit::Exit,
    output::{self, DIM},
    store::StoreArguments,
};

/// The application.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The application's id in hookpoint.yaml, such as `shop`
    id: ApplicationId,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The application.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The application's id in hookpoint.yaml, such as `shop`
    id: ApplicationId,

    /// Delete without asking, as always without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print the changes as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Show {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        // Not all: who may read one need not be allowed to list them.
        let scope = Scope {
            applications: [self.id.clone()].into(),
            ..Scope::default()
        };
        let mut found = publisher.snapshot(&scope).await?.applications;
        let Some(application) = found.remove(&self.id).map(|stored| stored.value) else {
            return Err(UnknownTarget::application(publisher.as_ref(), &self.id)
                .await?
                .into());
        };
        let marks = store.gone();
        let gone = gone::of_application(marks.as_ref(), &application).await?;
        let identity_store = application.identity_store.clone().map(Target::Store);
        let targets = [Some(Target::Application(self.id.clone())), identity_store];
        let targets = targets.into_iter().flatten().collect();
        let bound = bindings_at(publisher.as_ref(), targets).await?;
        let listed = Listed { application, gone };
        if self.json {
            let mut value = listed.to_json();
            value["bindings"] = bound.iter().map(bindings::to_json).collect::<Value>();
            output::print_json(&value)?;
            return Ok(Exit::Done);
        }
        let mut lines = vec![render(std::slice::from_ref(&listed))];
        for (name, value) in &listed.application.variables {
            let line = format!("variable {name}: {value}");
            lines.push(output::printable(&line));
        }
        if bound.is_empty() {
            lines.push("no hook is bound".to_owned());
        } else {
            lines.push(bindings::render(&bound));
        }
        output::say(&lines.join("\n"))?;
        Ok(Exit::Done)
    }
}

impl Delete {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let now = SystemTime::now();
        let plan = plan_deletion(publisher.as_ref(), &self.id).await?;
        let author = author(&store, context, now).await?;
        let options = Options {
            is_agreed: self.yes,
            is_json: self.json,
            store: &self.store,
            context,
        };
        if !self.json {
            let remark = "run records of the application stay until they expire, its secrets until `hookpoint secrets rm` removes them";
            output::remark(DIM, remark)?;
        }
        publishing::publish(plan, publisher.as_ref(), &author, options).await
    }
}
