//! `hookpoint smoke`: tries out a deployment with temporary applications and real events.

mod place;
mod shown;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_engine::{
    identifier::ApplicationId,
    ports::{DeadLetterFilter, DeadLetters, Publisher, Selection, StoreError},
    record::RunFilter,
};
use hookpoint_operator::{ApiUrl, Echo, Smoke, SmokeNames, StageReport, leftovers};
use hookpoint_stages::{Family, Stage};
use tokio::{task::JoinSet, time::sleep};

use self::place::Place;
use crate::{
    context::Context,
    exit::Exit,
    interrupt,
    output::{self, DIM, WARNING, paint},
    stage,
    store::{Store, StoreArguments},
};

/// Help on the exit code.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  something is wrong
  2  wrong usage, or nothing could be tried";

/// Reads of the table are consistent only after a moment.
const SETTLING: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Trial {
    /// Where events are posted, before `/v1/applications`; `{stage}` in it stands for the stage's name [default: the stack's `ApiUrl`]
    #[arg(long, value_name = "URL")]
    url: Option<ApiUrl>,

    /// Where the webhook posts: any endpoint that answers a POST with 2xx [default: the installation itself, if its URL has https]
    #[arg(long, value_name = "URL")]
    echo: Option<String>,

    /// Only these stages, separated by commas [default: all]
    #[arg(long, value_delimiter = ',', value_parser = stage::parser(), hide_possible_values = true)]
    stages: Vec<Stage>,

    /// How many stages to try at once
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    parallel: u8,

    /// How long to wait for deliveries and records
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = humantime::parse_duration)]
    wait: Duration,

    /// The SQS queue of dead letters, with `--table`: those of the trial are dropped
    #[arg(long, value_name = "URL", requires = "table")]
    dead_letter_queue_url: Option<String>,

    /// Print the findings as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// What a trial works on.
struct Installation {
    store: Store,
    publisher: Arc<dyn Publisher>,
    url: ApiUrl,
    dead_letters: Option<Arc<dyn DeadLetters>>,
}

impl Trial {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let installation = self.installation(context).await?;
        let echo = self.echo(&installation.url)?;
        let publisher = installation.publisher.as_ref();
        let now = SystemTime::now();
        for names in leftovers(publisher, now).await? {
            remove(&installation, &names).await?;
            note(&format!(
                "removed what the interrupted trial {} left",
                names.id()
            ))?;
        }
        let names = SmokeNames::unique(now)?;
        // Listens from here on: a signal ends the trial between two steps, and everything is removed.
        let interrupted = tokio::spawn(interrupt::interrupted());
        let tried = self.tried(&installation, &names, echo, interrupted).await;
        note("removing the applications, hooks and bindings of the trial")?;
        let removed = remove(&installation, &names).await.with_context(|| {
            format!(
                "the trial {} could not be removed; its keys expire within an hour, and the next `hookpoint smoke` after half an hour removes it",
                names.id()
            )
        });
        let reports = match tried {
            Ok(reports) => reports,
            Err(error) => {
                removed?;
                return Err(error);
            }
        };
        let place = Place::new(self.store.stack());
        if self.json {
            output::print_json(&shown::to_json(&reports, &place, &installation.url))?;
        } else {
            output::print(&shown::render(&reports, &place))?;
        }
        removed?;
        let is_well = reports.iter().all(|report| report.findings.is_empty());
        Ok(if is_well { Exit::Done } else { Exit::Problem })
    }

    async fn installation(&self, context: &Context) -> anyhow::Result<Installation> {
        let store = self.store.store(&context.source).await?;
        let url = match &self.url {
            Some(url) => url.clone(),
            None => match self.store.api_url().await? {
                Some(url) => url.parse()?,
                None => bail!(
                    "name the URL where events are posted with `--url`, or the stack with `--stack`"
                ),
            },
        };
        let named = self.dead_letter_queue_url.as_deref();
        let dead_letters = self.store.dead_letters(&store, named).await?;
        Ok(Installation {
            publisher: store.publisher(),
            store,
            url,
            dead_letters,
        })
    }

    fn echo(&self, url: &ApiUrl) -> anyhow::Result<Echo> {
        match &self.echo {
            Some(endpoint) => Ok(Echo::Endpoint(endpoint.clone())),
            None if url.is_https() => Ok(Echo::Own),
            None => bail!(
                "webhooks post by https, so this installation cannot be its own endpoint; name one that answers a POST with 2xx, and that the functions may reach, with `--echo URL`"
            ),
        }
    }

    fn stages(&self) -> Vec<Stage> {
        let mut stages = self.stages.clone();
        if stages.is_empty() {
            stages = Stage::ALL.to_vec();
        }
        stages.sort();
        stages.dedup();
        stages
    }

    /// Publishes, and tries each stage.
    async fn tried(
        &self,
        installation: &Installation,
        names: &SmokeNames,
        echo: Echo,
        mut interrupted: tokio::task::JoinHandle<()>,
    ) -> anyhow::Result<Vec<StageReport>> {
        let stages = self.stages();
        note(&format!(
            "publishing the trial {} for {}, posting to {}",
            names.id(),
            output::count(stages.len(), "stage"),
            installation.url
        ))?;
        let publisher = installation.publisher.as_ref();
        let runs = installation.store.runs();
        let url = installation.url.clone();
        let smoke = Smoke::publish(publisher, runs, names, &stages, url, echo).await?;
        let smoke = Arc::new(smoke.with_patience(self.wait));
        sleep(SETTLING).await;
        let mut waiting = VecDeque::from(stages);
        let mut running = JoinSet::new();
        let mut reports = Vec::new();
        loop {
            while running.len() < self.parallel.into()
                && let Some(stage) = waiting.pop_front()
            {
                let smoke = Arc::clone(&smoke);
                running.spawn(async move { smoke.check(stage).await });
            }
            tokio::select! {
                biased;
                _ = &mut interrupted => {
                    running.shutdown().await;
                    bail!("interrupted after {}", output::count(reports.len(), "stage"));
                }
                finished = running.join_next() => match finished {
                    Some(report) => {
                        let report = report?;
                        note(&shown::progress(&report))?;
                        reports.push(report);
                    }
                    None => break,
                },
            }
        }
        reports.sort_by_key(|report| report.stage);
        Ok(reports)
    }
}

/// Removes what a trial published, then the records of its runs and the dead letters of its deliveries.
async fn remove(installation: &Installation, names: &SmokeNames) -> anyhow::Result<()> {
    installation.publisher.forget(&names.temporary()).await?;
    for family in [Family::Conversation, Family::Identity] {
        let application = names.application(family);
        if let Err(error) = erase_runs(&installation.store, &application).await {
            warn(&format!(
                "run records of the trial stay until they expire: {error}"
            ))?;
        }
        let Some(dead_letters) = &installation.dead_letters else {
            continue;
        };
        let of_trial = Selection::Matching(DeadLetterFilter {
            application: Some(application),
            ..DeadLetterFilter::default()
        });
        if let Err(error) = dead_letters.drop_dead_letters(&of_trial).await {
            warn(&format!("dead letters of the trial may be left: {error}"))?;
        }
    }
    Ok(())
}

async fn erase_runs(store: &Store, application: &ApplicationId) -> Result<(), StoreError> {
    let of_trial = RunFilter {
        application: Some(application.clone()),
        ..RunFilter::default()
    };
    let records = store.runs().runs(&of_trial, usize::MAX).await?;
    let ids: Vec<_> = records.into_iter().map(|record| record.id).collect();
    store.kept().erase_runs(&ids).await
}

fn warn(text: &str) -> std::io::Result<()> {
    output::note(&paint(WARNING, text))
}

fn note(text: &str) -> std::io::Result<()> {
    output::note(&paint(DIM, text))
}
