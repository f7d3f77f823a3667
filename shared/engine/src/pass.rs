//! One pass: wave by wave, merged in order, until the chain or its first veto ends it.

mod deliveries;
mod ending;
mod room;
mod settled;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::HashMap, sync::OnceLock};

use futures::future::join_all;
use serde_json::{Map, Value};
use tokio::time::timeout_at;

pub(crate) use self::deliveries::queued_event;
use self::settled::Settled;
use crate::{
    application::Application,
    confidential::{Confidential, HiddenFields, Told},
    continuation::Continuation,
    deadline::Deadline,
    engine::{Arrival, Engine},
    error_code::ErrorCode,
    event::Event,
    hook::Implementation,
    identifier::SecretName,
    job::Job,
    merge::Merged,
    plan::{self, Plan, Planned},
    problem::Problem,
    report::{PassReport, RunReport},
    run::{Wave, answer},
    secret::Secret,
};

/// A pass that came to its end, with what is still to be put into the queue.
pub(crate) struct Passed {
    pub(crate) report: PassReport,
    /// The deliveries of the asynchronous hooks; none when a veto ended the pass.
    pub(crate) jobs: Vec<Job>,
    /// Merge patch that redacts the posted event, with the response applied, before it is queued.
    pub(crate) redactions: Option<Value>,
}

/// Runs the synchronous hooks of an event and merges what they say.
pub(crate) async fn run(
    engine: &Engine,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
    deadline: Deadline,
) -> Result<Passed, Problem> {
    let loaded = timeout_at(
        deadline.instant(),
        load(engine, application, event, arrival),
    )
    .await;
    let Loaded {
        plan,
        merged,
        resumed,
        secrets,
        confidential,
    } = loaded.unwrap_or_else(|_| {
        Err(Problem::internal(
            ErrorCode::StoreUnavailable,
            "the stores did not answer within the event's budget",
        ))
    })?;
    if deadline.remaining().is_zero() {
        // Nothing has run yet, and nothing could be answered in time: the caller does better to retry.
        let cause = "the event's budget was used up before its hooks could run";
        return Err(Problem::internal(ErrorCode::StoreUnavailable, cause));
    }
    let size_bound = answer::size_bound(&Value::Object(merged.effects.clone().into()));
    let secret_names = plan.secret_names();
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
    // A pass that ends in a problem has run hooks all the same.
    let runs = pass.runs.iter().filter(|run| run.outcome.is_recorded());
    engine.runs.push(runs.map(|run| {
        let id = application.id.clone();
        run.to_record(event.stage(), id, &arrival.correlation_id, None)
    }));
    let (jobs, redactions) = match ended? {
        Some(response) => {
            return Ok(Passed {
                report: pass.report(response, false),
                jobs: Vec::new(),
                redactions: None,
            });
        }
        None => pass.deliveries(&plan.asynchronous),
    };
    let response = if plan.is_asynchronous {
        Map::from_iter([("queued".to_owned(), Value::from(jobs.len()))])
    } else {
        std::mem::take(&mut pass.merged.effects).into()
    };
    Ok(Passed {
        report: pass.report(response, plan.is_asynchronous),
        jobs,
        redactions,
    })
}

/// What a pass begins with.
struct Loaded<'a> {
    plan: Plan,
    merged: Merged,
    resumed: bool,
    secrets: Secrets,
    confidential: Confidential<'a>,
}

async fn load<'a>(
    engine: &Engine,
    application: &Application,
    event: &'a Event,
    arrival: &Arrival,
) -> Result<Loaded<'a>, Problem> {
    let now = arrival.now;
    let body = event.body();
    let (plan, merged, resumed, confidential) = match event.continuation() {
        None => (
            plan::fresh(engine, application, event, now).await?,
            Merged::default(),
            false,
            Confidential::of(
                event.stage(),
                body,
                HiddenFields::default(),
                Told::default(),
            ),
        ),
        Some(token) => {
            let keys = engine.keys_for_token(token, now).await?;
            let continuation = Continuation::open(token, &application.id, event, &keys, now)?;
            let plan = plan::resumed(engine, application, event, &continuation, now).await?;
            let (hidden, told) = (continuation.hidden, continuation.told);
            let confidential = Confidential::of(event.stage(), body, hidden, told);
            (plan, continuation.merged, true, confidential)
        }
    };
    let secrets = load_secrets(engine, application, &plan, arrival).await;
    let leaves_traces = application.keep_events || !plan.asynchronous.is_empty();
    if let Err(message) = &secrets
        && leaves_traces
        && !plan.told.is_empty()
    {
        // What hooks of an earlier request said cannot be redacted, and must not be queued or kept as it is.
        let code = ErrorCode::StoreUnavailable;
        return Err(Problem::internal(code, message));
    }
    Ok(Loaded {
        plan,
        merged,
        resumed,
        confidential: confidential.with_secrets(&secrets),
        secrets,
    })
}

type Secrets = Result<HashMap<SecretName, Secret>, String>;

/// Only the secrets that the plan names, in one request, and none when it names none.
async fn load_secrets(
    engine: &Engine,
    application: &Application,
    plan: &Plan,
    arrival: &Arrival,
) -> Secrets {
    let names = plan.secret_names();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    engine
        .sources
        .secrets(&application.id, &names, arrival.now)
        .await
        .map_err(|error| error.to_string())
}

struct Pass<'a> {
    engine: &'a Engine,
    application: &'a Application,
    event: &'a Event,
    arrival: &'a Arrival,
    deadline: Deadline,
    merged: Merged,
    /// An upper bound of the size of the merged effects as JSON, in bytes.
    size_bound: usize,
    /// The secrets that hooks of this pass can use or could.
    secret_names: Vec<SecretName>,
    confidential: Confidential<'a>,
    runs: Vec<RunReport>,
}

impl Pass<'_> {
    /// Runs wave after wave. Answers the response of the veto that ended the pass, if one did.
    async fn run_waves(
        &mut self,
        waves: Vec<Vec<Planned>>,
        secrets: &Secrets,
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
        let not_reached = waves.flatten().map(|planned| planned.not_reached(now));
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

    /// Runs a wave and merges it. Answers the response when the pass ends here.
    async fn run_wave(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        secrets: &Secrets,
        resumed: bool,
    ) -> Result<Option<Map<String, Value>>, Problem> {
        let wave_context = self.wave_context(wave, secrets, resumed);
        let results = join_all(wave.iter().map(|planned| wave_context.run(planned))).await;
        let mut settled = Vec::with_capacity(wave.len());
        let mut unusable = None;
        for (planned, result) in wave.iter().zip(results) {
            let (run, problem) = self.settle(planned, result, &wave_context);
            settled.push(run);
            unusable = unusable.or(problem);
        }
        let end = self.end(wave, rest, &mut settled, unusable).await;
        let confidential = &self.confidential;
        self.runs.extend(settled.into_iter().map(|settled| {
            let mut report = settled.report;
            report.effects = settled
                .effects
                .iter()
                .map(|(effect, _)| effect.as_str())
                .collect();
            if let Some(kept) = &mut report.kept {
                kept.response = confidential.shown_effects(settled.effects.into());
            }
            report
        }));
        // A wave that ends in a problem has run all the same.
        end
    }

    fn wave_context<'b>(
        &'b self,
        wave: &[Planned],
        secrets: &'b Secrets,
        resumed: bool,
    ) -> Wave<'b> {
        let needs_event = self.application.keep_events
            || wave.iter().any(|planned| {
                !matches!(planned.hook.body.implementation, Implementation::Static(_))
            });
        let event = if needs_event {
            self.event.seen_with(&self.merged.effects, resumed)
        } else {
            Map::new()
        };
        let needs_body = wave
            .iter()
            .any(|planned| matches!(planned.hook.body.implementation, Implementation::Webhook(_)));
        // Serialising JSON values into memory cannot fail.
        let body = if needs_body {
            serde_json::to_vec(&event).unwrap_or_default()
        } else {
            Vec::new()
        };
        Wave {
            engine: self.engine,
            application: self.application,
            stage: self.event.stage(),
            arrival: self.arrival,
            event,
            kept: OnceLock::new(),
            body,
            secrets,
            confidential: &self.confidential,
            deadline: self.deadline,
            delivery: None,
        }
    }
}
