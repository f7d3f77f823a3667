//! What the engine needs from outside, and what each adapter promises.
//!
//! The traits are split by capability, so that a function's type is its role: a stage function holds sources and a queue,
//! never a [`Publisher`]. Every `MUST` is checked by the contract suite in `shared/contract`, which the in-memory fake,
//! SQLite and DynamoDB all pass.

mod dead_letters;
mod keep;
mod publish_error;
mod queue;
mod subjects;
mod temporary;

use std::{collections::HashMap, fmt, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use thiserror::Error;

pub use self::{
    dead_letters::{DeadLetter, DeadLetterFilter, DeadLetters, FoundLetters, Selection},
    keep::{GoneBindings, IdempotencyStore, RunStore},
    publish_error::PublishError,
    queue::{DeadReason, JobQueue, Leased, NotAJob, QueueError, Settlement, WorkQueue},
    subjects::{KeptEvents, KeptRun},
    temporary::Temporary,
};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    confidential::secret::Secret,
    deadline::Deadline,
    format::Unreadable,
    hook::{Hook, HookReference, exchange::Exchanges, outcome::HookFailure},
    identifier::{ApplicationId, DeliveryId, HookName, SecretName, StoreId},
    publish::{Publication, PublicationId, PublicationRecord, Scope, Snapshot},
};

/// The store cannot be read or written. The message is for the operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store did not respond, or reported a failure of its own.
    #[error("the store is unreachable: {message}")]
    Unreachable {
        /// The store client's message.
        message: String,
    },
    /// An item exists but cannot be read: it is damaged, or something else is stored in its place.
    #[error("item `{item}` cannot be read: {message}")]
    Corrupt {
        /// Which item.
        item: String,
        /// What is wrong with it.
        message: String,
    },
    /// An item was written by a newer version, in a format this version cannot read.
    #[error("item `{item}` cannot be read: {message}")]
    Newer {
        /// Which item.
        item: String,
        /// How it differs.
        message: String,
    },
}

impl StoreError {
    /// Turns a read failure into [`Self::Newer`] or [`Self::Corrupt`].
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
    /// Returns the application, or `None` when it does not exist. MUST NOT return an error for an absent one: the
    /// caller treats it like a wrong key.
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError>;
}

/// Bindings by target and stage.
#[async_trait]
pub trait BindingSource: Send + Sync {
    /// Returns every binding of the target at the stage, complete, in any order. MUST follow pages: a lost page is a
    /// lost veto. For the same reason, MUST return an error when any binding cannot be read.
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError>;
}

/// Hook versions.
#[async_trait]
pub trait HookSource: Send + Sync {
    /// Returns exactly the version that `reference` names, readable by this stage. MUST NOT return another version.
    /// MUST return an error when it is absent or its hash differs.
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError>;

    /// Returns the text of the source map of a version that [`hook`](Self::hook) returned for this stage. MUST return `None`, not an
    /// error, when it has none, or when it is incomplete or another one: it only says where a failure is.
    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError>;
}

/// Writes what `hookpoint.yaml` says. Held by tools only.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// What is published now within the scope: its applications, the bindings of its targets at every stage, and the
    /// newest version of each of its hooks.
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError>;

    /// Applies a publication. MUST write hook versions first, and then each application with its bindings in one
    /// transaction, each identity store likewise; in one transaction for all of it unless the store has no room. MUST
    /// return [`PublishError::Conflict`], with nothing of it in effect, when anything it depends on has changed since
    /// the snapshot.
    async fn publish(&self, publication: &Publication) -> Result<(), PublishError>;

    /// Every application, in any order. MUST NOT read anything else that the store holds, such as run records.
    async fn applications(&self) -> Result<Vec<Application>, StoreError>;

    /// Every identity store that has bindings, in any order; one that had some MAY be among them.
    async fn stores(&self) -> Result<Vec<StoreId>, StoreError>;

    /// The newest published version of every hook, in any order. MUST NOT read bodies.
    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError>;

    /// Every version of a hook that is stored, the newest first. MUST NOT read bodies.
    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError>;

    /// Deletes every version of a hook that no binding runs. MUST NOT delete one that a concurrent publication binds:
    /// one of the two gets [`PublishError::Conflict`]. Numbers of deleted versions MUST NOT be used again.
    async fn delete_hook(&self, hook: &HookName) -> Result<HookDeletion, PublishError>;

    /// The records of the newest publications, at most `limit` publications, the newest first; with a subject, only
    /// its records.
    async fn publications(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<PublicationRecord>, StoreError>;

    /// All records of a publication; none when there is no such publication.
    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError>;

    /// Deletes applications, identity stores and hooks with their bindings, marks and history, and their entries in
    /// lists, as if they had never been published. Their run records stay until they expire. MUST NOT fail because a
    /// part is absent, and MUST leave the applications for last, so that an interrupted call can be found and repeated.
    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError>;

    /// Lists what is stored in the scope but not listed, because a version without lists published it. Changes nothing
    /// else.
    async fn complete_lists(&self, scope: &Scope) -> Result<(), StoreError> {
        // A store that finds everything by a query has no lists.
        let _ = scope;
        Ok(())
    }
}

/// What became of a hook that was to be deleted.
#[derive(Debug, Clone, PartialEq)]
pub enum HookDeletion {
    /// It was deleted.
    Deleted,
    /// There is no such hook.
    Absent,
    /// These bindings run it.
    InUse(Vec<Binding>),
}

/// Secret values by name.
#[async_trait]
pub trait SecretSource: Send + Sync {
    /// Returns the named secrets of an application. A name without a value is left out; MUST NOT fail because of it. An
    /// application's own secret MUST take precedence over a shared one of the same name.
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
    /// The store client's message; never contains a value.
    pub message: String,
}

/// The keys that seal continuation tokens.
#[async_trait]
pub trait ContinuationKeySource: Send + Sync {
    /// The current key, and the previous one while tokens sealed with it may still return.
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
    /// Where to post, with references replaced and the policy checked; may contain secrets.
    pub url: &'a Secret,
    /// The URL as the hook's author wrote it, safe to show in messages.
    pub display_url: String,
    /// The hook's own headers, with references replaced.
    pub headers: Vec<(String, Secret)>,
    /// The keys to sign with, each as `whsec_<base64>`, with the names to use for them in messages. Unsigned when
    /// empty.
    pub signing_secrets: Vec<(SecretName, Secret)>,
    /// The event.
    pub body: Vec<u8>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: &'a str,
    /// Identifies the delivery; the same on each attempt.
    pub webhook_id: &'a str,
    /// Forwarded when the event came with one (W3C Trace Context).
    pub traceparent: Option<&'a str>,
    /// When this attempt starts.
    pub now: SystemTime,
    /// When the complete response must have arrived.
    pub deadline: Deadline,
}

/// Posts events to endpoints.
#[async_trait]
pub trait WebhookRunner: Send + Sync {
    /// Makes one attempt; the event may be sent twice under its `webhook-id`. MUST end by the deadline, MUST apply the
    /// egress policy to the address dialled, MUST NOT follow redirects or use a proxy, MUST sign with every signing
    /// secret or send nothing, and MUST NOT put any part of the rendered URL, headers or signing secrets into the
    /// failure. Returns the endpoint's response, whatever its status, with at most [`RESPONSE_LIMIT`] bytes of body.
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure>;
}

/// The largest response of a hook, and the largest merged response, in bytes.
pub const RESPONSE_LIMIT: usize = 256 * 1024;

/// An endpoint's response.
#[derive(Debug, Clone, Default)]
pub struct WebhookReply {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Retry-After`, when there is one.
    pub retry_after: Option<String>,
    /// The value of `Content-Type`, when there is one.
    pub content_type: Option<String>,
    /// The value of `Content-Encoding`, when there is one. The body is not decoded.
    pub content_encoding: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl WebhookReply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The content coding of the body, or `None` when there is none or it is `identity`.
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
    /// When the complete response must have arrived.
    pub deadline: Deadline,
    /// The wall clock, used for the age of pooled connections.
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
    /// Makes one exchange under the same guard as webhooks. Redirects are returned, not followed. A gzip, deflate or br
    /// body is decoded, and [`RESPONSE_LIMIT`] applies before and after; the headers stay as they came. A request lost
    /// with a reused connection is sent once more when its method is idempotent or it carries an `Idempotency-Key`.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure>;
}

/// One run of a script.
#[derive(Debug)]
pub struct ScriptCall<'a> {
    /// The hook.
    pub hook: &'a Hook,
    /// The stage.
    pub stage: Stage,
    /// The event at this point of the chain.
    pub event: &'a Map<String, Value>,
    /// The application's variables, overridden by the binding's.
    pub variables: Vec<(String, String)>,
    /// The secrets the hook declares.
    pub secrets: Vec<(SecretName, Secret)>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: &'a str,
    /// The delivery that this run is an attempt at.
    pub delivery: Option<&'a DeliveryId>,
    /// The wall clock.
    pub now: SystemTime,
    /// When the run must be over.
    pub deadline: Deadline,
    /// Reads the source map of the hook, when it is a bundle and has failed.
    pub source_map: &'a dyn SourceMapReader,
    /// Where the requests of the run are noted.
    pub exchanges: &'a Exchanges,
}

/// Reads one source map, if it can be read in time.
#[async_trait]
pub trait SourceMapReader: fmt::Debug + Send + Sync {
    /// The map as JSON. MUST return within 50 ms.
    async fn source_map(&self) -> Option<Arc<str>>;
}

/// Without source maps.
#[derive(Debug, Clone, Copy)]
pub struct NoSourceMap;

#[async_trait]
impl SourceMapReader for NoSourceMap {
    async fn source_map(&self) -> Option<Arc<str>> {
        None
    }
}

/// The result of a script run.
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
    /// Runs a script once. MUST end by the deadline; the failure of a bundle MAY be reported later by the time that its source map
    /// takes to read. MUST NOT share anything with another run.
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure>;

    /// Begins to load what the first run needs, because a script is probably about to run. MUST return at once.
    fn expect_run(&self) {}
}
