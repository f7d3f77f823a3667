//! What is tried at a stage.

use std::time::Duration;

use hookpoint_engine::{
    application::ingest_key::IngestKey, confidential::secret::Secret, event::BODY_LIMIT,
};
use hookpoint_stages::{ModeRule, Stage};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Check, Echo, KEYS_FOR, Smoke, StageReport,
    api::Response,
    published::{BY_RESUMED, BY_SCRIPT, BY_STATIC, BY_WEBHOOK, SUSPEND, can_suspend, has_context},
};

/// How long an application may be unknown after it was published.
const UNKNOWN_FOR: Duration = Duration::from_secs(15);
/// The pause before an event is posted again.
const AGAIN: Duration = Duration::from_secs(1);
/// Further events after the first.
const WARM: usize = 2;

type Outcome = Result<(), (Option<u16>, String)>;

impl Smoke {
    /// Tests a stage. If its first event gets no response or a wrong one, tests nothing else there.
    pub async fn check(&self, stage: Stage) -> StageReport {
        let mut report = StageReport::new(stage);
        let body = event(stage).to_string().into_bytes();
        let mut responses = Vec::new();
        let mut outcome = self.first_event(stage, &body, &mut responses).await;
        if outcome.is_err() {
            report.first = responses.first().map(|response| response.took);
            report.note(Check::Responds, outcome);
            return report;
        }
        for _ in 0..WARM {
            outcome = outcome.and(self.event(stage, &body, &mut responses).await);
        }
        report.note(Check::Responds, outcome);
        responses.retain(|response| Self::responds(stage, response).is_ok());
        report.placing = responses
            .iter()
            .find_map(|response| response.placing.clone());
        let mut times = responses.iter().map(|response| response.took);
        report.first = times.next();
        report.warm = times.min();
        if has_context(stage) {
            self.effects(stage, &responses, &mut report);
        }
        self.refusals(stage, &body, &mut report).await;
        let mut accepted = responses.len();
        if can_suspend(stage) && self.suspension(stage, &mut report).await {
            accepted += 1;
        }
        self.records(stage, &body, accepted, &mut report).await;
        report
    }

    /// Posts the first event, again while the function does not know the application yet: a read of the table may be a moment
    /// behind, and a function remembers for ten seconds that there was none.
    async fn first_event(
        &self,
        stage: Stage,
        body: &[u8],
        responses: &mut Vec<Response>,
    ) -> Outcome {
        let until = Instant::now() + UNKNOWN_FOR;
        loop {
            let outcome = self.event(stage, body, responses).await;
            let is_unknown = responses.last().is_some_and(|last| last.status == 401);
            if outcome.is_ok() || !is_unknown || Instant::now() >= until {
                return outcome;
            }
            responses.pop();
            sleep(AGAIN).await;
        }
    }

    /// Posts an event, and adds what came back to the responses.
    async fn event(&self, stage: Stage, body: &[u8], responses: &mut Vec<Response>) -> Outcome {
        let posted = self.post(stage, body.to_vec()).await;
        let response = posted.map_err(|reason| (None, reason))?;
        let outcome = Self::responds(stage, &response);
        responses.push(response);
        outcome
    }

    pub(super) async fn post(&self, stage: Stage, body: Vec<u8>) -> Result<Response, String> {
        let application = self.application(stage);
        let key = self.keys.get(&application);
        let key = key.map(Secret::expose).unwrap_or_default();
        self.caller.post(stage, &application, key, body).await
    }

    fn responds(stage: Stage, response: &Response) -> Outcome {
        let is_accepted = stage.definition().mode == ModeRule::AsynchronousOnly;
        let expected = if is_accepted { 202 } else { 200 };
        if response.status != expected {
            return Err(wrong(
                response,
                &format!("expected {expected}, got {}", response.describe()),
            ));
        }
        if is_accepted && response.body["queued"] != 2 {
            let message = format!("expected two queued deliveries, got {}", response.body);
            return Err(wrong(response, &message));
        }
        Ok(())
    }

    /// For each event, each hook ran, and the response has what it returned.
    fn effects(&self, stage: Stage, responses: &[Response], report: &mut StageReport) {
        let own = |variable| (self.echo == Echo::Own).then_some(variable);
        for (check, hook, variable) in [
            (Check::Static, self.names.fixed(), Some(BY_STATIC)),
            (Check::Webhook, self.names.webhook(), own(BY_WEBHOOK)),
            (Check::Script, self.names.script(), Some(BY_SCRIPT)),
        ] {
            let variable = variable.filter(|_| !stage.definition().effects_unused);
            let mut responses = responses.iter();
            let outcome =
                responses.try_for_each(|response| match response.outcome(hook.as_str()) {
                    Some("ok") => variable.map_or(Ok(()), |variable| {
                        Self::variable(response, variable, self.names.id())
                    }),
                    Some(outcome) => Err(wrong(response, &format!("the hook failed: {outcome}"))),
                    None => Err(wrong(response, "the hook did not run")),
                });
            report.note(check, outcome);
        }
    }

    fn variable(response: &Response, name: &str, expected: &str) -> Outcome {
        let value = &response.body["context"][name];
        if value == expected {
            return Ok(());
        }
        let message = format!("expected the variable `{name}` to be `{expected}`, got {value}");
        Err(wrong(response, &message))
    }

    async fn refusals(&self, stage: Stage, body: &[u8], report: &mut StageReport) {
        let application = self.application(stage);
        // Well-formed, so that the function compares it with the stored ones.
        let stranger =
            IngestKey::generate(&application, std::time::SystemTime::now(), Some(KEYS_FOR));
        let outcome = match stranger {
            Ok(stranger) => {
                let posted =
                    self.caller
                        .post(stage, &application, stranger.key.expose(), body.to_vec());
                refused(posted.await, &[401, 403])
            }
            Err(error) => Err((
                None,
                format!("the system provides no random bytes for an ingest key: {error}"),
            )),
        };
        report.note(Check::WrongKey, outcome);
        let mut large = event(stage);
        large["smokePadding"] = "x".repeat(BODY_LIMIT).into();
        let posted = self.post(stage, large.to_string().into_bytes()).await;
        report.note(Check::TooLarge, refused(posted, &[413]));
        let posted = self.post(stage, b"{".to_vec()).await;
        report.note(Check::Malformed, refused(posted, &[400]));
    }

    /// The script redirects, and continues when the event comes back with the token. Returns whether that event was
    /// accepted.
    async fn suspension(&self, stage: Stage, report: &mut StageReport) -> bool {
        let mut event = event(stage);
        event["context"][SUSPEND] = true.into();
        let first = match self.post(stage, event.to_string().into_bytes()).await {
            Ok(response) => response,
            Err(reason) => {
                report.note(Check::Suspends, Err((None, reason)));
                return false;
            }
        };
        let token = &first.body["continuation"];
        if first.status != 200 || !first.body["redirect"].is_object() || !token.is_string() {
            let message = format!(
                "expected a redirect with a continuation, got {}",
                if first.status == 200 {
                    members(&first.body)
                } else {
                    first.describe()
                }
            );
            report.note(Check::Suspends, Err(wrong(&first, &message)));
            return false;
        }
        report.note(Check::Suspends, Ok(()));
        event["continuation"] = token.clone();
        event["continueContext"] = json!({ "smoke": self.names.id() });
        let outcome = match self.post(stage, event.to_string().into_bytes()).await {
            Err(reason) => Err((None, reason)),
            Ok(second) if second.status != 200 => Err(wrong(
                &second,
                &format!("expected 200, got {}", second.describe()),
            )),
            Ok(second) => Self::variable(&second, BY_RESUMED, self.names.id()),
        };
        let is_accepted = outcome.is_ok();
        report.note(Check::Resumes, outcome);
        is_accepted
    }
}

/// The sample event of a stage.
fn event(stage: Stage) -> Value {
    let mut event = stage.example();
    if !event["context"].is_object() {
        event["context"] = json!({});
    }
    event
}

fn wrong(response: &Response, message: &str) -> (Option<u16>, String) {
    (Some(response.status), message.to_owned())
}

fn refused(posted: Result<Response, String>, expected: &[u16]) -> Outcome {
    let response = posted.map_err(|reason| (None, reason))?;
    if expected.contains(&response.status) {
        return Ok(());
    }
    let expected: Vec<_> = expected.iter().map(u16::to_string).collect();
    let message = format!(
        "expected {}, got {}",
        expected.join(" or "),
        response.describe()
    );
    Err(wrong(&response, &message))
}

/// The names of the members of a response.
fn members(body: &Value) -> String {
    let members = body.as_object().into_iter().flatten();
    let names: Vec<_> = members.map(|(name, _)| format!("`{name}`")).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
