//! One run: one hook, one event, within its deadline.

pub(crate) mod answer;
mod digits;
mod webhook;

use std::{
    collections::HashMap,
    mem,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::{
    application::Application,
    confidential::Confidential,
    deadline::Deadline,
    effects::{CheckedResponse, Dropped, check_response},
    engine::{Arrival, Engine},
    hook::Implementation,
    identifier::{DeliveryId, SecretName},
    json,
    outcome::{FailureClass, HookFailure},
    plan::Planned,
    ports::{RESPONSE_LIMIT, ScriptCall, ScriptReply},
    record::Kept,
    redaction::beginning,
    report::{AppliedPolicy, RunOutcome, RunReport},
    secret::Secret,
};

/// What every run of a wave shares.
pub(crate) struct Wave<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) application: &'a Application,
    pub(crate) stage: hookpoint_stages::Stage,
    pub(crate) arrival: &'a Arrival,
    /// The event as it stands at this point of the chain.
    pub(crate) event: Map<String, Value>,
    /// The event as records keep it, made for the first one.
    pub(crate) kept: OnceLock<Map<String, Value>>,
    /// The event serialised, once for all webhooks of the wave.
    pub(crate) body: Vec<u8>,
    /// Values of the secrets that have one, or why there are none.
    pub(crate) secrets: &'a Result<HashMap<SecretName, Secret>, String>,
    /// What must not be seen of the event, and of the secrets.
    pub(crate) confidential: &'a Confidential<'a>,
    pub(crate) deadline: Deadline,
    /// The delivery this is an attempt at; then the response has no effects.
    pub(crate) delivery: Option<&'a DeliveryId>,
}

/// What one run came to, before it is merged.
pub(crate) struct RunResult {
    pub(crate) response: Result<CheckedResponse, HookFailure>,
    /// An upper bound of the size of the effects as JSON, in bytes.
    pub(crate) size_bound: usize,
    pub(crate) log: Vec<String>,
    pub(crate) status: Option<u16>,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
}

/// A hook that was run, its response not looked at yet.
pub(crate) struct Attempt {
    pub(crate) raw: Result<Raw, HookFailure>,
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
}

/// A raw response and what the hook logged.
#[derive(Default)]
pub(crate) struct Raw {
    response: Map<String, Value>,
    log: Vec<String>,
    status: Option<u16>,
}

impl Attempt {
    /// The status that the endpoint answered.
    pub(crate) fn status(&self) -> Option<u16> {
        match &self.raw {
            Ok(raw) => raw.status,
            Err(failure) => failure.status,
        }
    }

    /// What the hook logged.
    pub(crate) fn log(&self) -> Vec<String> {
        match &self.raw {
            Ok(raw) => raw.log.clone(),
            Err(failure) => failure.log.clone(),
        }
    }

    /// An upper bound of the size of the response as JSON, in bytes.
    pub(crate) fn response_bytes(&self) -> usize {
        self.raw
            .as_ref()
            .map_or(0, |raw| answer::object_bound(&raw.response))
    }
}

impl Raw {
    /// What a delivery answered, which has no effect on anything.
    fn without_effect(&self, confidential: &Confidential<'_>) -> Vec<Dropped> {
        let dropped = |path: &String| Dropped {
            path: confidential.redact(beginning(path, 64)),
            reason: "has no effect: the hook ran after the answer".to_owned(),
        };
        self.response.keys().take(20).map(dropped).collect()
    }
}

impl Wave<'_> {
    /// Runs one hook; whatever happens in it is in the result.
    pub(crate) async fn run(&self, planned: &Planned) -> RunResult {
        let attempt = self.attempt(planned).await;
        let (status, log) = (attempt.status(), attempt.log());
        let size_bound = attempt.response_bytes();
        let response = attempt.raw.and_then(|raw| {
            if size_bound > RESPONSE_LIMIT {
                within_limit(&raw.response)?;
            }
            let checked = check_response(self.stage, &raw.response);
            let checked = checked.map_err(|mut veto| {
                for Dropped { path, reason } in &mut veto.problems {
                    *path = self.confidential.redact(mem::take(path));
                    *reason = self.confidential.redact(mem::take(reason));
                }
                HookFailure::new(FailureClass::BadEffect, veto.to_string())
            })?;
            Ok(self.without_secrets(checked))
        });
        RunResult {
            response,
            size_bound,
            log,
            status,
            started: attempt.started,
            duration: attempt.duration,
        }
    }

    /// The report of an attempt whose response has no effects, because it was made after the answer.
    pub(crate) fn report(&self, planned: &Planned, attempt: Attempt) -> RunReport {
        let mut report = RunReport {
            duration: attempt.duration,
            event_bytes: self.body.len(),
            response_bytes: attempt.response_bytes(),
            status: attempt.status(),
            log: attempt.log(),
            ..planned.report(attempt.started)
        };
        match attempt.raw {
            Ok(raw) => report.dropped = raw.without_effect(self.confidential),
            Err(failure) => {
                report.outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
            }
        }
        report
    }

    /// The same, with the response as it came.
    pub(crate) async fn attempt(&self, planned: &Planned) -> Attempt {
        let started = Instant::now();
        let deadline = self.deadline.at_most(planned.binding.timeout());
        let raw = timeout_at(deadline.instant(), self.call(planned, deadline)).await;
        let raw = raw.unwrap_or_else(|_| {
            let class = match planned.hook.body.implementation {
                Implementation::Script(_) => FailureClass::ScriptTimeout,
                _ => FailureClass::Timeout,
            };
            Err(HookFailure::new(class, late(started, deadline)))
        });
        let raw = raw.and_then(|raw| {
            let Err(error) = json::check(&raw.response) else {
                return Ok(raw);
            };
            let message = format!("the response {error}");
            Err(HookFailure {
                status: raw.status,
                log: raw.log,
                ..HookFailure::new(FailureClass::BadResponse, message)
            })
        });
        let raw = match raw {
            Ok(raw) => Ok(Raw {
                log: self.without_confidential(raw.log),
                ..raw
            }),
            Err(failure) => Err(HookFailure {
                message: self.confidential.redact_output(failure.message),
                log: self.without_confidential(failure.log),
                ..failure
            }),
        };
        Attempt {
            raw,
            started: self.arrival.now + started.saturating_duration_since(self.arrival.received),
            duration: started.elapsed(),
        }
    }

    /// What a record keeps of the event and of a response to it.
    pub(crate) fn kept(&self, response: Map<String, Value>) -> Box<Kept> {
        let event = self
            .kept
            .get_or_init(|| self.confidential.kept_event(self.event.clone()));
        Box::new(Kept {
            event: event.clone(),
            response: self.confidential.shown_effects(response),
        })
    }

    /// The lines of a console. The sandbox replaced the secrets that it was given; of the event it knows nothing.
    fn without_confidential(&self, log: Vec<String>) -> Vec<String> {
        let lines = log.into_iter();
        lines
            .map(|line| self.confidential.redact_output(line))
            .collect()
    }

    fn without_secrets(&self, mut checked: CheckedResponse) -> CheckedResponse {
        for Dropped { path, reason } in &mut checked.dropped {
            for text in [path, reason] {
                *text = self.confidential.redact(std::mem::take(text));
            }
        }
        checked
    }

    async fn call(&self, planned: &Planned, deadline: Deadline) -> Result<Raw, HookFailure> {
        match &planned.hook.body.implementation {
            Implementation::Static(hook) => Ok(Raw {
                response: hook.response.clone(),
                ..Raw::default()
            }),
            Implementation::Webhook(hook) => self.call_webhook(planned, hook, deadline).await,
            Implementation::Script(_) => self.call_script(planned, deadline).await,
        }
    }

    async fn call_script(&self, planned: &Planned, deadline: Deadline) -> Result<Raw, HookFailure> {
        let Some(scripts) = &self.engine.scripts else {
            return Err(HookFailure::new(
                FailureClass::SandboxUnavailable,
                "this process has no sandbox",
            ));
        };
        let known = self.known_secrets(planned)?;
        let secrets = planned
            .secret_names()
            .filter_map(|(name, meant)| Some((name.clone(), known.get(meant)?.clone())));
        let variables = planned.variables(self.application);
        let call = ScriptCall {
            hook: &planned.hook,
            stage: self.stage,
            event: &self.event,
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            secrets: secrets.collect(),
            correlation_id: &self.arrival.correlation_id,
            now: self.arrival.current_time(),
            deadline,
        };
        let ScriptReply { mut response, log } = scripts.run(call).await?;
        digits::restore(&mut response, &self.event);
        Ok(Raw {
            response,
            log,
            status: None,
        })
    }

    /// The secrets, or the failure of a hook that needs some when they cannot be read.
    fn known_secrets(
        &self,
        planned: &Planned,
    ) -> Result<&HashMap<SecretName, Secret>, HookFailure> {
        static NONE: std::sync::LazyLock<HashMap<SecretName, Secret>> =
            std::sync::LazyLock::new(HashMap::new);
        match self.secrets {
            Ok(secrets) => Ok(secrets),
            Err(_) if planned.hook.body.secrets.is_empty() => Ok(&NONE),
            Err(message) => Err(HookFailure::new(
                FailureClass::SecretsUnavailable,
                message.clone(),
            )),
        }
    }
}

fn late(started: Instant, deadline: Deadline) -> String {
    let limit = deadline
        .instant()
        .saturating_duration_since(started)
        .as_millis();
    format!(
        "no complete answer after {} ms; the limit was {limit} ms",
        started.elapsed().as_millis()
    )
}

fn within_limit(response: &Map<String, Value>) -> Result<(), HookFailure> {
    // Serialising JSON values into memory cannot fail; were it to, the response would count as too large.
    let size = serde_json::to_vec(response).map_or(usize::MAX, |bytes| bytes.len());
    if size <= RESPONSE_LIMIT {
        return Ok(());
    }
    let message = format!("the response has {size} bytes, at most {RESPONSE_LIMIT} are allowed");
    Err(HookFailure::new(FailureClass::TooLarge, message))
}
