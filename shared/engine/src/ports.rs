//! What the engine needs from outside, and what each adapter promises.
//!
//! The traits are split by capability, so that a function's type is its role: a stage function holds sources and a queue,
//! never a [`Publisher`]. Every `MUST` is checked by the contract suite in `shared/contract`, which the in-memory fake,
//! SQLite and DynamoDB all pass.

mod dead_letters;
mod keep;
mod queue;

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use thiserror::Error;

pub use self::{
    dead_letters::{DeadLetter, DeadLetterFilter, DeadLetters, FoundLetters, Selection},
    keep::{GoneBindings, IdempotencyStore, RunStore},
    queue::{DeadReason, JobQueue, Leased, NotAJob, QueueError, Settlement, WorkQueue},
};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    confidential::secret::Secret,
    deadline::Deadline,
    format::Unreadable,
    hook::{Hook, HookReference, outcome::HookFailure},
    identifier::{ApplicationId, SecretName},
    publish::{Publication, Scope, Snapshot},
};

/// The store cannot be read or written. The message is for the operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store did not answer, or answered with a failure of its own.
    #[error("the store is unreachable: {message}")]
    Unreachable {
        /// What the store's client said.
        message: String,
    },
    /// An item is there but cannot be read: damaged, or something else.
    #[error("item `{item}` cannot be read: {message}")]
    Corrupt {
        /// Which item.
        item: String,
        /// What is wrong with it.
        message: String,
    },
    /// An item was written by a newer version, in a format that this one must not guess at.
    #[error("item `{item}` cannot be read: {message}")]
    Newer {
        /// Which item.
        item: String,
        /// How it differs.
        message: String,
    },
}

impl StoreError {
    /// An item that cannot be read.
    pub fn unreadable(item: String, error: &Unreadable) -> Self {
        let message = error.to_string();
        match error {
            Unreadable::Newer(_) => Self::Newer { item, message },
            Unreadable::Damaged(_) => Self::Corrupt { item, message },
        }
    }
}

/// Applications by id.
#[async_trait]
pub trait ApplicationSource: Send + Sync {
    /// The application, or `None` when there is none. MUST NOT answer an error for an absent one: the caller answers it
    /// like a wrong key.
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError>;
}

/// Bindings by target and stage.
#[async_trait]
pub trait BindingSource: Send + Sync {
    /// Every binding of the target at the stage, whole, in any order. MUST follow pages: a lost page is a lost veto. MUST
    /// answer an error when any of them cannot be read, for the same reason.
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError>;
}

/// Hook versions.
#[async_trait]
pub trait HookSource: Send + Sync {
    /// Exactly the version the reference names, readable by this stage. MUST NOT answer another version, MUST answer an
    /// error when it is absent or its hash differs.
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError>;
}

/// Writes what `hookpoint.yaml` says. Held by tools only.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// What is published now, as far as the scope reaches: its applications, the bindings of its targets at every stage, and the
    /// newest version of each of its hooks.
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError>;

    /// Applies a publication: MUST write hook versions first and everything else in one transaction, all or nothing. MUST
    /// answer [`PublishError::Conflict`] when anything it conditions on has changed since the snapshot.
    async fn publish(&self, publication: &Publication) -> Result<(), PublishError>;

    /// Every application, for lists.
    async fn applications(&self) -> Result<Vec<Application>, StoreError>;
}

/// A publication that did not happen. Nothing of it is visible to any event.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Somebody else published in between.
    #[error(
        "`{item}` was changed by somebody else in the meantime; nothing was published. Read again and retry"
    )]
    Conflict {
        /// What had changed.
        item: String,
    },
    /// More than one transaction holds.
    #[error(
        "the change is too large for one transaction: {actual} {unit}, at most {limit}; nothing was published. Publish fewer applications at a time"
    )]
    TooLarge {
        /// How much it is.
        actual: usize,
        /// How much is allowed.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Secret values by name.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// The named secrets of an application. A name without a value is absent from the answer; MUST NOT fail because of
    /// it. An application's own secret MUST win over a shared one of the same name.
    async fn secrets(
        &self,
        application: &ApplicationId,
        names: &[SecretName],
    ) -> Result<HashMap<SecretName, Secret>, SecretError>;
}

/// The secret store cannot be read.
#[derive(Debug, Error)]
#[error("secrets are unavailable: {message}")]
pub struct SecretError {
    /// What the store's client said; never a value.
    pub message: String,
}

/// The keys that seal continuation tokens.
#[async_trait]
pub trait ContinuationKeySource: Send + Sync {
    /// The current key and, while tokens made with it may still come back, the previous one.
    async fn continuation_keys(&self) -> Result<ContinuationKeys, SecretError>;
}

/// Key material of any length with enough entropy; the engine derives what it uses from it.
#[derive(Debug, Clone)]
pub struct ContinuationKeys {
    /// Seals new tokens.
    pub current: Secret,
    /// Still opens old ones.
    pub previous: Option<Secret>,
}

/// One webhook call, rendered and ready to go.
#[derive(Debug)]
pub struct WebhookCall<'a> {
    /// Where to post, references replaced and policy checked; may hold secrets.
    pub url: &'a Secret,
    /// The URL as the hook's author wrote it, fit for messages.
    pub display_url: String,
    /// The hook's own headers, references replaced.
    pub headers: Vec<(String, Secret)>,
    /// The keys to sign with, each as `whsec_<base64>`, under the names that stand for them in messages; unsigned when empty.
    pub signing_secrets: Vec<(SecretName, Secret)>,
    /// The event.
    pub body: Vec<u8>,
    /// Identifies the event in every system it passes.
    pub correlation_id: &'a str,
    /// Identifies the delivery; the same on each attempt.
    pub webhook_id: &'a str,
    /// Passed on when the event came with one (W3C Trace Context).
    pub traceparent: Option<&'a str>,
    /// When this attempt starts.
    pub now: SystemTime,
    /// By when the whole answer must be there.
    pub deadline: Deadline,
}

/// Posts events to endpoints.
#[async_trait]
pub trait WebhookRunner: Send + Sync {
    /// One attempt, in which the event may be sent twice under its `webhook-id`: MUST end by the deadline, MUST obey the egress policy on the address that is dialled, MUST NOT follow
    /// redirects or use a proxy, MUST sign with every signing secret or send nothing, and MUST NOT put any part of the rendered URL,
    /// headers or signing secrets into the failure. Answers what the endpoint returned, whatever its status; no more than
    /// [`RESPONSE_LIMIT`] bytes of body.
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure>;
}

/// The largest response of a hook, and the largest merged response, in bytes.
pub const RESPONSE_LIMIT: usize = 256 * 1024;

/// What an endpoint answered.
#[derive(Debug, Clone, Default)]
pub struct WebhookReply {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Retry-After`, when there is one.
    pub retry_after: Option<String>,
    /// The value of `Content-Type`, when there is one.
    pub content_type: Option<String>,
    /// The value of `Content-Encoding`, when there is one: the body is as it came.
    pub content_encoding: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl WebhookReply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The coding of the body, unless it is none.
    pub fn coding(&self) -> Option<&str> {
        let coding = self.content_encoding.as_deref()?.trim();
        (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then_some(coding)
    }
}

/// One guarded HTTP exchange on behalf of a script.
#[derive(Debug)]
pub struct FetchRequest {
    /// The method.
    pub method: String,
    /// The URL, absolute.
    pub url: String,
    /// The headers the script set.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// By when the whole answer must be there.
    pub deadline: Deadline,
    /// The wall clock, for the age of pooled connections.
    pub now: SystemTime,
}

/// The answer to a [`FetchRequest`].
#[derive(Debug, Clone)]
pub struct FetchReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The whole body, at most [`RESPONSE_LIMIT`] bytes.
    pub body: Vec<u8>,
}

/// Performs the `fetch` of scripts.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// One exchange under the same guard as webhooks. Redirects are answered, not followed. A body in the coding gzip, deflate or br is
    /// decoded, and [`RESPONSE_LIMIT`] counts before and after; the headers stay as they came. What was lost with a kept connection is
    /// sent once more when the method is idempotent or the request carries an `Idempotency-Key`.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure>;
}

/// One run of a script.
#[derive(Debug)]
pub struct ScriptCall<'a> {
    /// The hook.
    pub hook: &'a Hook,
    /// The stage.
    pub stage: Stage,
    /// The event as it stands at this point of the chain.
    pub event: &'a Map<String, Value>,
    /// Variables: the binding's over the application's.
    pub variables: Vec<(String, String)>,
    /// The secrets the hook declares.
    pub secrets: Vec<(SecretName, Secret)>,
    /// Identifies the event in every system it passes.
    pub correlation_id: &'a str,
    /// The wall clock.
    pub now: SystemTime,
    /// By when the run must be over.
    pub deadline: Deadline,
}

/// What a script left behind.
#[derive(Debug, Clone, Default)]
pub struct ScriptReply {
    /// Its response.
    pub response: Map<String, Value>,
    /// Its `console` lines, redacted and capped.
    pub log: Vec<String>,
}

/// Runs scripts in the sandbox.
#[async_trait]
pub trait ScriptRunner: Send + Sync {
    /// One run: MUST end by the deadline, MUST NOT share anything with another run.
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure>;
}
