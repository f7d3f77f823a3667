//! Runs one hook on one event within its deadline, and reports the result.

mod call;
mod digits;
mod event;
pub(crate) mod response_body;
mod result;
mod runners;
mod single;
mod source_maps;
mod webhook;

use std::{mem, time::SystemTime};

use hookpoint_stages::{Effect, Stage};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use self::result::Made;
pub use self::runners::Runners;
pub(crate) use self::source_maps::SourceMaps;
use self::{call::Response, source_maps::SOURCE_MAP_PATIENCE};
pub(crate) use self::{event::SeenEvent, result::HookResult, single::SingleRun};
use crate::{
    application::Application,
    confidential::{Confidential, redaction::beginning},
    deadline::Deadline,
    event::{arrival::Arrival, json},
    hook::{
        Implementation,
        effects::{CheckedResponse, Dropped, check_response},
        exchange::Exchanges,
        outcome::{FailureClass, HookFailure},
        planned::Planned,
    },
    identifier::DeliveryId,
    ports::{RESPONSE_LIMIT, SecretValues},
    record::report::{AppliedPolicy, EventIdentity, RunOutcome},
};

/// Context shared by the runs of a wave. A delivery or a replay is a wave of one.
pub(crate) struct RunContext<'a> {
    pub(crate) runners: &'a Runners,
    pub(crate) application: &'a Application,
    pub(crate) stage: Stage,
    pub(crate) arrival: &'a Arrival,
    pub(crate) event: &'a SeenEvent<'a>,
    pub(crate) secrets: &'a SecretValues,
    /// Redacts values of the event and of secrets.
    pub(crate) confidential: &'a Confidential<'a>,
    pub(crate) deadline: Deadline,
    /// The delivery that this run is an attempt at; its response then has no effects.
    pub(crate) delivery: Option<&'a DeliveryId>,
    /// Whether the report keeps the event and what the hook made of it.
    pub(crate) keeps_event: bool,
}

/// One hook that runs.
pub(crate) struct HookRun<'a> {
    pub(crate) context: &'a RunContext<'a>,
    pub(crate) planned: &'a Planned,
    exchanges: Exchanges,
}

impl RunContext<'_> {
    /// The event's identifiers for reports.
    pub(crate) fn identity(&self) -> EventIdentity<'_> {
        EventIdentity {
            stage: self.stage,
            application: &self.application.id,
            correlation_id: &self.arrival.correlation_id,
        }
    }

    /// Runs a hook. Failures are part of the result.
    pub(crate) async fn run(&self, planned: &Planned) -> HookResult {
        let run = HookRun {
            context: self,
            planned,
            exchanges: Exchanges::new(self.keeps_event),
        };
        run.run().await
    }

    fn redact_all(&self, dropped: &mut [Dropped]) {
        for Dropped { path, reason } in dropped {
            for text in [path, reason] {
                *text = self.confidential.redact(mem::take(text));
            }
        }
    }
}

impl HookRun<'_> {
    async fn run(&self) -> HookResult {
        let context = self.context;
        let began = Instant::now();
        let mut responded = self.call_in_time(began).await;
        let (status, log) = match &mut responded {
            Ok(response) => (response.status, mem::take(&mut response.log)),
            Err(failure) => (failure.status, mem::take(&mut failure.log)),
        };
        let started = self.wall_clock_at(began);
        let mut result = HookResult::new(self.planned.report(context.identity(), started));
        let record = &mut result.report.record;
        record.set_duration(began.elapsed());
        record.event_bytes = context.event.text().len();
        record.status = status;
        record.log = log;
        if context.keeps_event {
            let mut variables = context.application.variables.clone();
            variables.extend(self.planned.binding.variables.clone());
            result.made = Made {
                exchanges: self.exchanges.take(),
                variables,
            };
        }
        let checked = responded.and_then(|response| {
            result.size_bound = response_body::object_bound(&response.members);
            record.response_bytes = result.size_bound;
            if context.delivery.is_some() {
                Ok(self.without_effect(&response.members))
            } else {
                self.check(&response.members, result.size_bound)
            }
        });
        match checked {
            Ok(CheckedResponse { effects, dropped }) => {
                record.dropped = dropped;
                result.effects = effects;
            }
            Err(failure) => {
                let outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
                result.report.end(outcome);
            }
        }
        result
    }

    /// Calls the hook within its deadline and redacts its output.
    async fn call_in_time(&self, began: Instant) -> Result<Response, HookFailure> {
        let planned = self.planned;
        let deadline = self.context.deadline.at_most(planned.binding.timeout());
        let mut end = deadline.instant();
        if planned.hook.body.implementation.as_script().is_some() {
            // The sandbox ends a run itself, and says where in the author's files it was.
            end += SOURCE_MAP_PATIENCE;
        }
        let responded = timeout_at(end, self.call(deadline)).await;
        let responded = responded.unwrap_or_else(|_| {
            let class = planned.hook.body.implementation.timeout_class();
            Err(HookFailure::new(class, late(began, deadline)))
        });
        let responded = match &planned.hook.body.implementation {
            Implementation::Script(_) => responded.map_err(|failure| self.with_waits(failure)),
            Implementation::Static(_) | Implementation::Webhook(_) => responded,
        };
        let responded = responded.and_then(|response| {
            let Err(error) = json::check(&response.members) else {
                return Ok(response);
            };
            let message = format!("the response {error}");
            Err(HookFailure {
                status: response.status,
                log: response.log,
                ..HookFailure::new(FailureClass::BadResponse, message)
            })
        });
        match responded {
            Ok(response) => Ok(Response {
                log: self.redact_lines(response.log),
                ..response
            }),
            Err(failure) => Err(HookFailure {
                message: self.context.confidential.redact_output(failure.message),
                log: self.redact_lines(failure.log),
                ..failure
            }),
        }
    }

    /// Validates a response. If it is too large, only a veto in it counts.
    fn check(
        &self,
        response: &Map<String, Value>,
        size_bound: usize,
    ) -> Result<CheckedResponse, HookFailure> {
        if size_bound > RESPONSE_LIMIT
            && let Err(failure) = within_limit(response)
        {
            let vetoes = vetoes_of(response);
            within_limit(&vetoes).map_err(|_| failure.clone())?;
            let mut checked = self.check_members(&vetoes)?;
            let stands = checked.effects.end().is_some() || checked.effects.refuses_password();
            if !stands {
                return Err(failure);
            }
            let left_out = response
                .keys()
                .filter(|member| !vetoes.contains_key(*member));
            let dropped =
                |member: &String| self.dropped(member, "was left out: the response is too large");
            checked.dropped.extend(left_out.take(20).map(dropped));
            return Ok(checked);
        }
        self.check_members(response)
    }

    fn check_members(&self, response: &Map<String, Value>) -> Result<CheckedResponse, HookFailure> {
        match check_response(self.context.stage, response) {
            Ok(mut checked) => {
                self.context.redact_all(&mut checked.dropped);
                Ok(checked)
            }
            Err(mut veto) => {
                self.context.redact_all(&mut veto.problems);
                Err(HookFailure::new(FailureClass::BadEffect, veto.to_string()))
            }
        }
    }

    /// A delivery's response, whose effects are all dropped.
    fn without_effect(&self, response: &Map<String, Value>) -> CheckedResponse {
        let dropped =
            |path: &String| self.dropped(path, "has no effect: the hook ran after the response");
        CheckedResponse {
            dropped: response.keys().take(20).map(dropped).collect(),
            ..CheckedResponse::default()
        }
    }

    /// A member of a response that does not count.
    fn dropped(&self, member: &str, reason: &str) -> Dropped {
        Dropped {
            path: self.context.confidential.redact(beginning(member, 64)),
            reason: reason.to_owned(),
        }
    }

    /// Redacts console lines. The sandbox has already replaced the secrets it was given, but does not know the event's
    /// values.
    fn redact_lines(&self, log: Vec<String>) -> Vec<String> {
        let confidential = self.context.confidential;
        log.into_iter()
            .map(|line| confidential.redact_output(line))
            .collect()
    }

    fn wall_clock_at(&self, instant: Instant) -> SystemTime {
        let arrival = self.context.arrival;
        arrival.now + instant.saturating_duration_since(arrival.received)
    }
}

fn late(began: Instant, deadline: Deadline) -> String {
    let limit = deadline
        .instant()
        .saturating_duration_since(began)
        .as_millis();
    format!(
        "no complete response after {} ms; the limit was {limit} ms",
        began.elapsed().as_millis()
    )
}

/// The effects of a response that can stop or correct the event.
fn vetoes_of(response: &Map<String, Value>) -> Map<String, Value> {
    let is_veto = |member: &str| Effect::from_member(member).is_some_and(Effect::is_veto);
    let vetoes = response.iter().filter(|(member, _)| is_veto(member));
    vetoes
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect()
}

fn within_limit(response: &Map<String, Value>) -> Result<(), HookFailure> {
    // Serialising JSON values into memory cannot fail; if it did, the response would count as too large.
    let size = serde_json::to_vec(response).map_or(usize::MAX, |bytes| bytes.len());
    if size <= RESPONSE_LIMIT {
        return Ok(());
    }
    let message = format!("the response is too large: {size} bytes, at most {RESPONSE_LIMIT}");
    Err(HookFailure::new(FailureClass::TooLarge, message))
}
