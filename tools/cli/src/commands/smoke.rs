//! `hookpoint smoke`: tries out a deployment with temporary applications and real events.

mod place;
mod shown;

use std::{
    collections::VecDeque,
    pin::pin,
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
use hookpoint_operator::{ApiUrl, Echo, SMOKE_LIMIT, Smoke, SmokeNames, StageReport, leftovers};
use hookpoint_stages::{Family, Stage};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use self::place::Place;
use crate::{
    context::Context,
    exit::Exit,
    interrupt,
    output::{self, DIM, WARNING, width},
    stage,
    store::{Store, StoreArguments},
};

/// Help on the exit code.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  something is wrong
  2  wrong usage, or nothing could be tried";

/// Reads of the table are consistent only after a moment, and records of runs are written then.
const SETTLING: Duration = Duration::from_secs(1);
/// How often to look for records that were written after everything else was removed.
const LOOKS: usize = 8;

/// In place of an endpoint, the installation under test.
const SELF: &str = "self";

#[derive(Debug, Args)]
pub(crate) struct Trial {
    /// Where events are posted, before `/v1/applications`; `{stage}` in it stands for the stage's name [default: the stack's `ApiUrl`]
    #[arg(long, value_name = "URL")]
    url: Option<ApiUrl>,

    /// Where the webhook posts: any endpoint that answers a POST with 2xx, or `self`, the installation itself [default: `self`, if its URL has https]
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

/// The installation under test.
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
        for names in leftovers(publisher, SystemTime::now()).await? {
            remove(&installation, &names).await?;
            note(&format!(
                "removed what the interrupted trial {} left",
                names.id()
            ))?;
        }
        let names = SmokeNames::unique(SystemTime::now())?;
        let stop = stop(SMOKE_LIMIT);
        let tried = self.tried(&installation, &names, echo, stop).await;
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
                if let Err(left) = removed {
                    warn(&format!("{left:#}"))?;
                }
                return Err(error);
            }
        };
        let place = Place::new(self.store.stack());
        if self.json {
            output::print_json(&shown::to_json(&reports, &place, &installation.url))?;
        } else {
            output::print(&shown::render(&reports, &place, width::of_terminal()))?;
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
            Some(endpoint) if endpoint == SELF => Ok(Echo::Own),
            Some(endpoint) => Ok(Echo::Endpoint(endpoint.clone())),
            None if url.is_https() => Ok(Echo::Own),
            None => bail!(
                "the URL has no https, so webhooks cannot post to this installation itself; name an endpoint that answers a POST with 2xx, and that the functions may reach, with `--echo URL`, or write `--echo self` if they may reach it by http"
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
        stop: impl Future<Output = Stop>,
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
        let check = |stage| {
            let smoke = Arc::clone(&smoke);
            async move { smoke.check(stage).await }
        };
        checked(stages, self.parallel.into(), check, stop).await
    }
}

/// Why a trial ends early.
enum Stop {
    Signal,
    /// It took this long.
    Limit(Duration),
}

/// Listens and counts from this call on. A trial ends between two steps, and everything is removed.
fn stop(limit: Duration) -> impl Future<Output = Stop> {
    let (interrupted, until) = (interrupt::interrupted(), Instant::now() + limit);
    async move {
        tokio::select! {
            () = interrupted => Stop::Signal,
            () = sleep_until(until) => Stop::Limit(limit),
        }
    }
}

/// Checks `at_once` stages at a time, until all are checked or `stop` says why no more are.
async fn checked<C: Future<Output = StageReport> + Send + 'static>(
    stages: Vec<Stage>,
    at_once: usize,
    check: impl Fn(Stage) -> C,
    stop: impl Future<Output = Stop>,
) -> anyhow::Result<Vec<StageReport>> {
    let mut stop = pin!(stop);
    let mut waiting = VecDeque::from(stages);
    let mut running = JoinSet::new();
    let mut reports = Vec::new();
    loop {
        while running.len() < at_once
            && let Some(stage) = waiting.pop_front()
        {
            running.spawn(check(stage));
        }
        tokio::select! {
            biased;
            reason = &mut stop => {
                running.shutdown().await;
                let stages = output::count(reports.len(), "stage");
                match reason {
                    Stop::Signal => bail!("interrupted after {stages}"),
                    Stop::Limit(limit) => bail!(
                        "stopped after {stages}, because a trial may take {}; try fewer stages, or more at once with `--parallel`",
                        humantime::format_duration(limit)
                    ),
                }
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
    reports.sort_by_key(|report: &StageReport| report.stage);
    Ok(reports)
}

/// Removes what a trial published, then the records of its runs and the dead letters of its deliveries.
async fn remove(installation: &Installation, names: &SmokeNames) -> anyhow::Result<()> {
    let temporary = names.temporary();
    installation.publisher.forget(&temporary).await?;
    for application in &temporary.applications {
        if let Err(error) = erase_runs(&installation.store, application, SETTLING).await {
            warn(&format!(
                "run records of the trial stay until they expire: {error}"
            ))?;
        }
    }
    let Some(dead_letters) = &installation.dead_letters else {
        return Ok(());
    };
    // Hooks of the other applications all run before the response.
    for family in [Family::Conversation, Family::Identity] {
        let of_trial = Selection::Matching(DeadLetterFilter {
            application: Some(names.application(family)),
            ..DeadLetterFilter::default()
        });
        if let Err(error) = dead_letters.drop_dead_letters(&of_trial).await {
            warn(&format!("dead letters of the trial may be left: {error}"))?;
        }
    }
    Ok(())
}

/// Erases run records until none is left: those of the last events are written after their responses.
async fn erase_runs(
    store: &Store,
    application: &ApplicationId,
    settling: Duration,
) -> Result<(), StoreError> {
    let of_trial = RunFilter {
        application: Some(application.clone()),
        ..RunFilter::default()
    };
    for _ in 0..LOOKS {
        sleep(settling).await;
        let records = store.runs().runs(&of_trial, usize::MAX).await?;
        if records.is_empty() {
            break;
        }
        let ids: Vec<_> = records.into_iter().map(|record| record.id).collect();
        store.kept().erase_runs(&ids).await?;
    }
    Ok(())
}

fn warn(text: &str) -> std::io::Result<()> {
    output::remark(WARNING, text)
}

fn note(text: &str) -> std::io::Result<()> {
    output::remark(DIM, text)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_trial_that_takes_too_long_is_stopped() {
        let limit = Duration::from_millis(1);
        let stages = Stage::ALL.to_vec();
        let checked = checked(stages, 3, |_| pending(), stop(limit)).await;
        let error = checked.unwrap_err().to_string();
        assert!(
            error.contains("stopped after 0 stages, because a trial may take 1ms"),
            "{error}"
        );
    }
}
