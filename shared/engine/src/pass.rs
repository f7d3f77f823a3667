//! A pass: runs the hooks wave by wave and merges them in order, until the chain or its first veto ends.

mod deliveries;
mod early;
mod ending;
mod failure_policy;
pub mod merge;
pub(crate) mod plan;
mod room;
#[cfg(test)]
pub(crate) mod tests;

use std::{borrow::Cow, time::Duration};

use futures::future::join_all;
use serde_json::{Map, Value};
use tokio::time::timeout_at;

pub(crate) use self::deliveries::{queued_event, redactions};
use crate::{
    application::{Application, binding::SYNCHRONOUS_TIMEOUT, sources::STALE_SERVES_FOR},
    confidential::Confidential,
    continuation::Continuation,
    deadline::Deadline,
    delivery::job::Job,
    engine::Engine,
    event::{Event, arrival::Arrival, error_code::ErrorCode, problem::Problem},
    hook::{
        planned::Planned,
        run::{RunContext, SeenEvent, response_body},
    },
    identifier::{ApplicationId, SecretName},
    pass::{early::EarlySecrets, merge::Merged, plan::Plan},
    ports::SecretValues,
    record::report::{PassReport, RunReport},
};

/// Part of the budget reserved for writing the response.
pub const RESPONSE_RESERVE: Duration = Duration::from_millis(100);

/// How often a plan is made while what it is made from changes.
const ROUNDS: usize = 3;

/// A finished pass, with the deliveries still to be queued.
pub(crate) struct Passed {
    pub(crate) report: PassReport,
    /// The deliveries of asynchronous hooks; empty when a veto ended the pass.
    pub(crate) jobs: Vec<Job>,
}

impl Engine {
    /// Runs an event of an application without an ingest key, for operator tools.
    pub async fn run_without_key(
        &self,
        application: &ApplicationId,
        event: &Event,
        arrival: &Arrival,
    ) -> Result<PassReport, Problem> {
        let sources = &self.sources;
        let found = sources.application(application, STALE_SERVES_FOR, arrival.now);
        let found = found.await?;
        let found = found.ok_or_else(|| {
            Problem::new(
                ErrorCode::Unauthorized,
                format!("there is no application `{application}`"),
            )
        })?;
        let passed = self.run_pass(&found, event, arrival).await?;
        self.enqueue(&passed.jobs, arrival).await?;
        Ok(passed.report)
    }

    /// Runs an event whose key has been checked. Does not queue the deliveries.
    pub(crate) async fn run_pass(
        &self,
        application: &Application,
        event: &Event,
        arrival: &Arrival,
    ) -> Result<Passed, Problem> {
        let loaded = self.load_pass(application, event, arrival).await?;
        run(self, application, event, arrival, loaded).await
    }

    /// Reads what the event's hooks need. Nothing has run yet, and nothing is changed.
    pub(crate) async fn load_pass<'a>(
        &self,
        application: &Application,
        event: &'a Event,
        arrival: &Arrival,
    ) -> Result<Loaded<'a>, Problem> {
        let family = event.stage().definition().family;
        if application.kind.family() != family {
            let detail = format!(
                "application `{}` is of kind {} and has no stage `{}`",
                application.id,
                application.kind.family(),
                event.stage()
            );
            return Err(Problem::new(ErrorCode::NotFound, detail));
        }
        let deadline = deadline_of(arrival);
        let load = load(self, application, event, arrival, deadline);
        let loaded = timeout_at(deadline.instant(), load).await;
        loaded.unwrap_or_else(|_| Err(too_late()))
    }
}

/// When the hooks of an event must have ended.
pub(crate) fn deadline_of(arrival: &Arrival) -> Deadline {
    let budget = SYNCHRONOUS_TIMEOUT.saturating_sub(RESPONSE_RESERVE);
    Deadline::after(arrival.received, budget)
}

/// The problem of an event whose stores answered too late.
pub(crate) fn too_late() -> Problem {
    Problem::internal(
        ErrorCode::StoreUnavailable,
        "the stores did not respond within the event's budget",
    )
}

/// Runs the synchronous hooks that were loaded for an event and merges their responses.
pub(crate) async fn run(
    engine: &Engine,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
    loaded: Loaded<'_>,
) -> Result<Passed, Problem> {
    let deadline = deadline_of(arrival);
    let Loaded {
        plan,
        merged,
        resumed,
        secret_names,
        secrets,
        confidential,
    } = loaded;
    if deadline.remaining().is_zero() {
        // Nothing has run yet, and a response would be late: the caller should retry.
        let cause = "the event's budget was used up before its hooks could run";
        return Err(Problem::internal(ErrorCode::StoreUnavailable, cause));
    }
    let size_bound = response_body::effects_bound(&merged.effects);
    let mut pass = Pass {
        engine,
        application,
        event,
        arrival,
        deadline,
        merged,
        size_bound,
        secret_names,
        confidential,
        runs: plan.skipped,
    };
    let ended = pass.run_waves(plan.waves, &secrets, resumed).await;
    // A pass that ends in a problem has run hooks as well.
    let runs = pass.runs.iter().filter(|run| run.outcome().is_recorded());
    engine.runs.push(runs.map(|run| run.record.clone()));
    if let Some(response) = ended? {
        return Ok(Passed {
            report: pass.report(response, false),
            jobs: Vec::new(),
        });
    }
    let jobs = pass.deliveries(&plan.asynchronous);
    let response = if plan.is_asynchronous {
        Map::from_iter([("queued".to_owned(), Value::from(jobs.len()))])
    } else {
        std::mem::take(&mut pass.merged.effects).into()
    };
    Ok(Passed {
        report: pass.report(response, plan.is_asynchronous),
        jobs,
    })
}

/// The inputs of a pass.
pub(crate) struct Loaded<'a> {
    plan: Plan,
    merged: Merged,
    resumed: bool,
    /// The secrets that hooks of this pass may have used.
    secret_names: Vec<SecretName>,
    secrets: SecretValues,
    confidential: Confidential<'a>,
}

async fn load<'a>(
    engine: &Engine,
    application: &Application,
    event: &'a Event,
    arrival: &Arrival,
    deadline: Deadline,
) -> Result<Loaded<'a>, Problem> {
    let now = arrival.now;
    let continuation = match event.continuation() {
        None => None,
        Some(token) => {
            let keys = engine.keys_for_token(token, now).await?;
            let id = &application.id;
            Some(Continuation::open(token, id, event, &keys, now)?)
        }
    };
    let token = continuation.as_ref();
    let mut plan = settled(engine, application, event, arrival, token, deadline).await?;
    let resumed = continuation.is_some();
    let (merged, hidden, carried) = match continuation {
        None => Default::default(),
        Some(token) => (token.merged, token.hidden, token.carried),
    };
    let confidential = Confidential::of(event.stage(), event.body(), hidden, carried);
    plan.check(&engine.runners)?;
    let early = std::mem::take(&mut plan.early_secrets);
    let secret_names = plan.secret_names();
    let (sources, id) = (&engine.sources, &application.id);
    let secrets = EarlySecrets::complete(early, &secret_names, sources, id, now).await;
    let leaves_traces = application.keep_events || !plan.asynchronous.is_empty();
    let mut earlier = plan.earlier_secrets.iter();
    if leaves_traces && let Some(error) = earlier.find_map(|name| secrets.get(name)?.as_ref().err())
    {
        // The responses of an earlier request cannot be redacted, and must not be queued or kept as they are.
        let code = ErrorCode::StoreUnavailable;
        return Err(Problem::internal(code, error.to_string()));
    }
    Ok(Loaded {
        plan,
        merged,
        resumed,
        secret_names,
        confidential: confidential.with_secrets(&secrets),
        secrets,
    })
}

/// Plans again until nothing that the plan was made from is older than what has gone from another part of it: a hook that moved between
/// the reads would be in none.
async fn settled(
    engine: &Engine,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
    continuation: Option<&Continuation>,
    deadline: Deadline,
) -> Result<Plan, Problem> {
    for _ in 0..ROUNDS {
        let plan = match continuation {
            None => plan::fresh(engine, application, event, arrival, deadline).await?,
            Some(token) => {
                plan::resumed(engine, application, event, token, arrival, deadline).await?
            }
        };
        if application.is_stage_paused(event.stage()) {
            return Ok(plan);
        }
        let (sources, lists) = (&engine.sources, &plan.lists);
        let agreed = sources.agree(application, event.stage(), lists, arrival.now);
        if agreed.await? {
            return Ok(plan);
        }
    }
    let cause = "bindings changed each time that they were read";
    Err(Problem::internal(ErrorCode::StoreUnavailable, cause))
}

struct Pass<'a> {
    engine: &'a Engine,
    application: &'a Application,
    event: &'a Event,
    arrival: &'a Arrival,
    deadline: Deadline,
    merged: Merged,
    /// An upper bound for the size of the merged effects as JSON, in bytes.
    size_bound: usize,
    /// The secrets that hooks of this pass may have used.
    secret_names: Vec<SecretName>,
    confidential: Confidential<'a>,
    runs: Vec<RunReport>,
}

impl Pass<'_> {
    /// Runs wave after wave. Returns the response of the veto that ended the pass, if any.
    async fn run_waves(
        &mut self,
        waves: Vec<Vec<Planned>>,
        secrets: &SecretValues,
        resumed: bool,
    ) -> Result<Option<Map<String, Value>>, Problem> {
        let mut waves = waves.into_iter();
        let mut first = true;
        let mut response = None;
        while response.is_none()
            && let Some(wave) = waves.next()
        {
            let rest = waves.as_slice();
            response = self
                .run_wave(&wave, rest, secrets, resumed && first)
                .await?;
            first = false;
        }
        let now = self.arrival.now;
        let identity = self.arrival.identify(self.application, self.event);
        let not_reached = waves
            .flatten()
            .map(|planned| planned.not_reached(identity, now));
        self.runs.extend(not_reached);
        Ok(response)
    }

    fn report(&mut self, response: Map<String, Value>, is_accepted: bool) -> PassReport {
        let mut conflicts = std::mem::take(&mut self.merged.conflicts);
        for conflict in &mut conflicts {
            conflict.path = self.confidential.redact(std::mem::take(&mut conflict.path));
        }
        PassReport {
            response,
            is_accepted,
            runs: std::mem::take(&mut self.runs),
            conflicts,
        }
    }

    /// Runs and merges a wave. Returns the response if the pass ends here.
    async fn run_wave(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        secrets: &SecretValues,
        resumed: bool,
    ) -> Result<Option<Map<String, Value>>, Problem> {
        let event = self.seen_event(wave, resumed);
        let context = self.context(&event, secrets);
        let runs = wave.iter().map(|planned| context.run(planned));
        let mut results = join_all(runs).await;
        let mut unusable = None;
        for (planned, result) in wave.iter().zip(&mut results) {
            let problem = self.apply_failure_policy(planned, result);
            unusable = unusable.or(problem);
        }
        let end = self.end(wave, rest, &mut results, unusable).await;
        let kept_event = self.application.keep_events.then_some(&event);
        let reports = results
            .into_iter()
            .map(|result| result.into_report(&self.confidential, kept_event));
        self.runs.extend(reports);
        // A wave that ends in a problem has run as well.
        end
    }

    /// The event for the hooks of a wave; empty if nothing reads it.
    fn seen_event(&self, wave: &[Planned], resumed: bool) -> SeenEvent<'static> {
        let reads_event = |planned: &Planned| planned.hook.body.implementation.reads_event();
        let event = if self.application.keep_events || wave.iter().any(reads_event) {
            self.event.seen_with(&self.merged.effects, resumed)
        } else {
            Map::new()
        };
        SeenEvent::new(Cow::Owned(event), wave)
    }

    fn context<'b>(
        &'b self,
        event: &'b SeenEvent<'b>,
        secrets: &'b SecretValues,
    ) -> RunContext<'b> {
        RunContext {
            runners: &self.engine.runners,
            application: self.application,
            stage: self.event.stage(),
            arrival: self.arrival,
            event,
            secrets,
            confidential: &self.confidential,
            deadline: self.deadline,
            delivery: None,
            keeps_event: self.application.keep_events,
        }
    }
}
