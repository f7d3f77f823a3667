//! Runners with scripted replies, which record their calls.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    deadline::Deadline,
    hook::{
        Hook,
        outcome::{FailureClass, HookFailure},
    },
    identifier::{HookName, SecretName},
    ports::{ScriptCall, ScriptReply, ScriptRunner, WebhookCall, WebhookReply, WebhookRunner},
};

/// A runner that computes its reply from the call.
pub struct Scripted<Call, Reply> {
    answer: Answering<Call, Reply>,
    calls: Mutex<Vec<Call>>,
    expected: AtomicUsize,
    expected_hooks: Mutex<Vec<(HookName, Instant)>>,
}

type Answering<Call, Reply> = Box<dyn Fn(&Call) -> Answer<Reply> + Send + Sync>;

/// Stands in for every endpoint.
pub type FakeWebhook = Scripted<RecordedPost, WebhookReply>;
/// Stands in for the sandbox.
pub type FakeScript = Scripted<RecordedRun, ScriptReply>;

/// A fake's reply, and its delay.
#[derive(Debug, Clone)]
pub struct Answer<Reply> {
    result: Result<Reply, HookFailure>,
    delay: Duration,
}

/// A recorded webhook call.
#[derive(Debug, Clone)]
pub struct RecordedPost {
    /// The URL, including its secrets.
    pub url: String,
    /// The hook's own headers, including their secrets.
    pub headers: Vec<(String, String)>,
    /// The keys to sign with, in plain text.
    pub signing_secrets: Vec<(SecretName, String)>,
    /// The event; `null` when the body is not JSON.
    pub event: Value,
    /// Identifies the event in every system it passes through.
    pub correlation_id: String,
    /// Identifies the delivery.
    pub webhook_id: String,
    /// The trace context of the call.
    pub traceparent: Option<String>,
    /// Time left until the call's deadline.
    pub allowed: Duration,
}

/// A recorded script run.
#[derive(Debug, Clone)]
pub struct RecordedRun {
    /// The hook.
    pub hook: Hook,
    /// The stage.
    pub stage: Stage,
    /// The event.
    pub event: Map<String, Value>,
    /// The variables.
    pub variables: Vec<(String, String)>,
    /// The secrets, in plain text.
    pub secrets: Vec<(SecretName, String)>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: String,
    /// Time left until the run's deadline.
    pub allowed: Duration,
}

impl<Reply> Answer<Reply> {
    /// Replies immediately.
    pub fn reply(reply: Reply) -> Self {
        Self {
            result: Ok(reply),
            delay: Duration::ZERO,
        }
    }

    /// Fails immediately.
    pub fn failure(class: FailureClass, message: &str) -> Self {
        Self {
            result: Err(HookFailure::new(class, message)),
            delay: Duration::ZERO,
        }
    }

    /// Delays the answer; past the deadline it becomes a timeout.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

impl Answer<WebhookReply> {
    /// Status 200 with a JSON body.
    pub fn json(body: &Value) -> Self {
        Self::raw(200, body.to_string())
    }

    /// Any status with any body.
    pub fn raw(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::reply(WebhookReply {
            status,
            body: body.into(),
            ..WebhookReply::default()
        })
    }
}

impl Answer<ScriptReply> {
    /// A response without log lines; anything but an object becomes an empty one.
    pub fn response(response: &Value) -> Self {
        Self::reply(ScriptReply {
            response: response.as_object().cloned().unwrap_or_default(),
            log: Vec::new(),
        })
    }
}

impl<Call: Clone, Reply: 'static> Scripted<Call, Reply> {
    /// Computes the answer to each call.
    pub fn new(answer: impl Fn(&Call) -> Answer<Reply> + Send + Sync + 'static) -> Self {
        Self {
            answer: Box::new(answer),
            calls: Mutex::default(),
            expected: AtomicUsize::new(0),
            expected_hooks: Mutex::default(),
        }
    }

    /// Gives these answers in order, then fails.
    pub fn queue(answers: impl IntoIterator<Item = Answer<Reply>>) -> Self
    where
        Reply: Send,
    {
        let answers: Mutex<VecDeque<_>> = Mutex::new(answers.into_iter().collect());
        Self::new(move |_| {
            answers.lock().unwrap().pop_front().unwrap_or_else(|| {
                Answer::failure(FailureClass::Connection, "the test has no more answers")
            })
        })
    }

    /// The calls so far, in the order in which they started.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// How many calls were announced.
    pub fn expected(&self) -> usize {
        self.expected.load(Ordering::SeqCst)
    }

    /// The hooks whose runs were expected, and when.
    pub fn expected_hooks(&self) -> Vec<(HookName, Instant)> {
        self.expected_hooks.lock().unwrap().clone()
    }

    /// Records the call and answers it within the deadline, like a real runner.
    async fn run(&self, call: Call, deadline: Deadline) -> Result<Reply, HookFailure> {
        let Answer { result, delay } = (self.answer)(&call);
        self.calls.lock().unwrap().push(call);
        if delay.is_zero() {
            return result;
        }
        tokio::time::timeout_at(deadline.instant(), tokio::time::sleep(delay))
            .await
            .map_err(|_| HookFailure::new(FailureClass::Timeout, "no answer by the deadline"))?;
        result
    }
}

impl<Call: fmt::Debug, Reply> fmt::Debug for Scripted<Call, Reply> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scripted")
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl WebhookRunner for FakeWebhook {
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure> {
        let expose = |(name, value): &(String, crate::confidential::secret::Secret)| {
            (name.clone(), value.expose().to_owned())
        };
        let recorded = RecordedPost {
            url: call.url.expose().to_owned(),
            headers: call.headers.iter().map(expose).collect(),
            signing_secrets: call
                .signing_secrets
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            event: serde_json::from_slice(&call.body).unwrap_or_default(),
            correlation_id: call.correlation_id.to_owned(),
            webhook_id: call.webhook_id.to_owned(),
            traceparent: call.traceparent.map(str::to_owned),
            allowed: call.deadline.remaining(),
        };
        self.run(recorded, call.deadline).await
    }
}

#[async_trait]
impl ScriptRunner for FakeScript {
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure> {
        let recorded = RecordedRun {
            hook: call.hook.clone(),
            stage: call.stage,
            event: call.event.clone(),
            variables: call
                .variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            secrets: call
                .secrets
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            correlation_id: call.correlation_id.to_owned(),
            allowed: call.deadline.remaining(),
        };
        Scripted::run(self, recorded, call.deadline).await
    }

    fn expect_run(&self) {
        self.expected.fetch_add(1, Ordering::SeqCst);
    }

    fn expect_run_of(&self, hook: &Hook, _deadline: Deadline) {
        let expected = (hook.name.clone(), Instant::now());
        self.expected_hooks.lock().unwrap().push(expected);
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::confidential::secret::Secret;

    #[tokio::test(start_paused = true)]
    async fn answers_come_in_order_and_never_after_the_deadline() {
        let late = Answer::json(&json!({})).after(Duration::from_secs(4));
        let webhook = FakeWebhook::queue([Answer::json(&json!({"context": {}})), late]);
        let url = Secret::new("https://crm.example.com/?token=s3cr3t");
        let start = Instant::now();
        let call = || WebhookCall {
            url: &url,
            display_url: "https://crm.example.com/?token={Token:Secret}".to_owned(),
            headers: vec![("x-token".to_owned(), Secret::new("s3cr3t"))],
            signing_secrets: Vec::new(),
            body: b"{\"eventType\":\"conversationStart\"}".to_vec(),
            correlation_id: "c",
            webhook_id: "w",
            traceparent: None,
            now: SystemTime::UNIX_EPOCH,
            deadline: Deadline::after(start, Duration::from_secs(3)),
        };
        let reply = webhook.post(call()).await.unwrap();
        assert_eq!(
            (reply.status, &reply.body[..]),
            (200, &b"{\"context\":{}}"[..])
        );
        let failure = webhook.post(call()).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Timeout);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        let failure = webhook.post(call()).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Connection);
        let calls = webhook.calls();
        assert_eq!(calls.len(), 3);
        assert_eq!(calls[0].event["eventType"], "conversationStart");
        assert_eq!(
            calls[0].headers,
            [("x-token".to_owned(), "s3cr3t".to_owned())]
        );
        assert_eq!(calls[2].allowed, Duration::ZERO);
    }
}
