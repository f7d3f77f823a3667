//! `hookpoint runs list`: lists the newest runs.

use std::time::SystemTime;

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser},
};
use hookpoint_engine::{
    event::subject::SubjectKey,
    hook::outcome::FailureClass,
    identifier::{ApplicationId, HookName},
    record::{RunFilter, report::SkipReason},
};
use hookpoint_stages::Stage;

use super::{follow, shown};
use crate::{
    commands::{applications::refuse_unknown, hooks},
    context::Context,
    exit::Exit,
    moment::{self, Since},
    output, stage,
    store::StoreArguments,
};

/// Filters and output options.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only runs of an application
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Only runs of a stage
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,

    /// Only runs of a hook
    #[arg(long, value_name = "NAME")]
    hook: Option<HookName>,

    /// Only runs with this outcome: `ok`, `failed`, `skipped`, or a specific one such as `timeout`
    #[arg(long, value_parser = outcomes(), hide_possible_values = true)]
    outcome: Option<String>,

    /// Only runs since a time: `15m` ago, or `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment::since)]
    since: Option<Since>,

    /// Only runs of an event, by its correlation id
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,

    /// Only runs about a person, by a name as in events, such as the account id; for applications with `keepEvents: true`
    #[arg(long, value_name = "NAME", requires = "application")]
    subject: Option<String>,

    /// How many, the newest first; with `--follow`, how many to start with
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,

    /// Keep showing new runs until Ctrl-C; on a table, each query costs
    ///
    /// A table is queried every 2 seconds, or less often if it is slow. With `--application` and `--stage` a query
    /// costs 4 read request units, up to 12 with `--hook`, `--subject` or `--correlation-id`; without them up to 15, and as many more for
    /// each application at each stage that has records. Name both where there are many.
    #[arg(long)]
    follow: bool,

    /// Print JSON: a list, or with `--follow` one object on each line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// All outcomes of runs.
fn outcomes() -> PossibleValuesParser {
    let coarse = ["ok", "failed", "skipped"].into_iter();
    let failures = FailureClass::ALL.iter().map(|class| class.as_str());
    // Reasons for which a hook does not run, and a record says so.
    let skips = [
        SkipReason::ConditionAbsent,
        SkipReason::Paused,
        SkipReason::Unbound,
        SkipReason::Rebound,
    ];
    let skips = skips.into_iter().map(SkipReason::as_str);
    PossibleValuesParser::new(coarse.chain(failures).chain(skips).map(PossibleValue::new))
}

impl List {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let runs = store.runs();
        let filter = self.filter();
        let publisher = store.publisher();
        if self.follow {
            let pace = if self.store.is_local() {
                follow::LOCAL
            } else {
                follow::REMOTE
            };
            let follow = follow::Follow {
                runs: runs.as_ref(),
                publisher: publisher.as_ref(),
                filter,
                json: self.json,
            };
            return follow.run(self.limit.into(), pace).await;
        }
        let records = runs.runs(&filter, self.limit.into()).await?;
        if records.is_empty() {
            refuse_unknown(publisher.as_ref(), self.application.as_ref()).await?;
            hooks::refuse_unpublished(publisher.as_ref(), self.hook.as_ref()).await?;
        }
        if self.json {
            output::print_json(&records.iter().map(shown::to_json).collect())?;
        } else if records.is_empty() {
            output::say("no matching run is recorded")?;
        } else {
            output::print(&shown::table(&records))?;
        }
        Ok(Exit::Done)
    }

    fn subject(&self) -> Option<SubjectKey> {
        let (application, name) = (self.application.as_ref()?, self.subject.as_ref()?);
        Some(SubjectKey::of(application, name))
    }

    fn filter(&self) -> RunFilter {
        RunFilter {
            application: self.application.clone(),
            stage: self.stage,
            hook: self.hook.clone(),
            outcome: self.outcome.clone(),
            correlation_id: self.correlation_id.clone(),
            subject: self.subject(),
            since: self.since.map(|since| since.moment(SystemTime::now())),
        }
    }
}
