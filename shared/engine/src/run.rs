//! One run: one hook, one event, within its deadline.

pub(crate) mod answer;
mod webhook;

use std::collections::HashMap;

use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::{
    application::Application,
    deadline::Deadline,
    effects::{CheckedResponse, check_response},
    engine::{Arrival, Engine},
    hook::Implementation,
    identifier::SecretName,
    outcome::{FailureClass, HookFailure},
    plan::Planned,
    ports::{RESPONSE_LIMIT, ScriptCall, ScriptReply},
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
    /// The same, serialised once for all webhooks of the wave.
    pub(crate) body: Vec<u8>,
    /// Values of the secrets that have one, or why there are none.
    pub(crate) secrets: &'a Result<HashMap<SecretName, Secret>, String>,
    pub(crate) deadline: Deadline,
}

/// What one run came to, before it is merged.
pub(crate) struct RunResult {
    pub(crate) response: Result<CheckedResponse, HookFailure>,
    /// An upper bound of the size of the effects as JSON, in bytes.
    pub(crate) size_bound: usize,
    pub(crate) log: Vec<String>,
    pub(crate) duration: std::time::Duration,
}

/// A raw response and what the hook logged.
#[derive(Default)]
struct Raw {
    response: Map<String, Value>,
    log: Vec<String>,
}

impl Wave<'_> {
    /// Runs one hook; whatever happens in it is in the result.
    pub(crate) async fn run(&self, planned: &Planned) -> RunResult {
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
        let (size_bound, log) = match &raw {
            Ok(raw) => (answer::object_bound(&raw.response), raw.log.clone()),
            Err(failure) => (0, failure.log.clone()),
        };
        let response = raw.and_then(|raw| {
            if size_bound > RESPONSE_LIMIT {
                within_limit(&raw.response)?;
            }
            check_response(self.stage, &raw.response)
                .map_err(|veto| HookFailure::new(FailureClass::BadEffect, veto.to_string()))
        });
        RunResult {
            response,
            size_bound,
            log,
            duration: started.elapsed(),
        }
    }

    async fn call(&self, planned: &Planned, deadline: Deadline) -> Result<Raw, HookFailure> {
        match &planned.hook.body.implementation {
            Implementation::Static(hook) => Ok(Raw {
                response: hook.response.clone(),
                log: Vec::new(),
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
        let ScriptReply { response, log } = scripts.run(call).await?;
        Ok(Raw { response, log })
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
