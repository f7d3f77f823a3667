//! What the engine needs from outside, and what each adapter promises.
//!
//! The traits are split by capability, so that a function's type is its role: a stage function holds sources and a queue,
//! never a [`Publisher`]. Every `MUST` is checked by the contract suite in `shared/contract`, which the in-memory fake,
//! SQLite and DynamoDB all pass.

mod audit_log;
mod dead_letters;
pub(crate) mod fetch;
mod keep;
mod publish_error;
mod publisher;
mod queue;
mod script;
mod subjects;
mod temporary;
mod webhook;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use thiserror::Error;

pub use self::{
    audit_log::AuditLog,
    dead_letters::{DeadLetter, DeadLetterFilter, DeadLetters, FoundLetters, Selection},
    fetch::{Fetch, FetchReply, FetchRequest, RESPONSE_LIMIT},
    keep::{GoneBindings, IdempotencyStore, RunStore},
    publish_error::PublishError,
    publisher::{HookDeletion, Publisher},
    queue::{DeadReason, JobQueue, Leased, QueueError, Settlement, WorkQueue},
    script::{NoSourceMap, ScriptCall, ScriptReply, ScriptRunner, SourceMapReader},
    subjects::{KeptEvents, KeptRun},
    temporary::Temporary,
    webhook::{WebhookCall, WebhookReply, WebhookRunner},
};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    confidential::secret::Secret,
    format::Unreadable,
    hook::{Hook, HookReference},
    identifier::{ApplicationId, SecretName},
};

/// The store cannot be read or written. The message is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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

/// An item of a list that cannot be read, in its place among those that can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableItem {
    /// Its id as it is stored, by which the list is sorted.
    pub id: String,
    /// Which item it is, and why it cannot be read.
    pub error: StoreError,
}

/// Applications by id.
#[async_trait]
pub trait ApplicationSource: Send + Sync {
    /// Returns the application, or `None` when it does not exist. MUST NOT return an error for an absent one: the
    /// caller treats it like a wrong key.
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError>;

    /// Like [`application`](Self::application), with everything that was written before the call. That one MAY lag by a second.
    async fn application_now(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.application(id).await
    }
}

/// Bindings by target and stage.
#[async_trait]
pub trait BindingSource: Send + Sync {
    /// Returns every binding of the target at the stage, complete, in any order. MUST follow pages: a lost page is a
    /// lost veto. For the same reason, MUST return an error when any binding cannot be read.
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError>;

    /// Like [`bindings`](Self::bindings), with everything that was written before the call. That one MAY lag by a second, and MAY see
    /// a publication in part.
    async fn bindings_now(
        &self,
        stage: Stage,
        target: &Target,
    ) -> Result<Vec<Binding>, StoreError> {
        self.bindings(stage, target).await
    }
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

/// Values of secrets by name, or why one cannot be read. A name without a value is absent.
pub type SecretValues = HashMap<SecretName, Result<Secret, SecretError>>;

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

    /// As [`secrets`](Self::secrets), where one that cannot be read for a reason of its own, such as its key, keeps no other from being
    /// read.
    async fn each_secret(&self, application: &ApplicationId, names: &[SecretName]) -> SecretValues {
        match self.secrets(application, names).await {
            Ok(values) => {
                let values = values.into_iter();
                values.map(|(name, value)| (name, Ok(value))).collect()
            }
            Err(error) => error.of_all(names),
        }
    }
}

/// The secret store, or a secret, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("secrets are unavailable: {message}")]
pub struct SecretError {
    /// The store client's message; never contains a value.
    pub message: String,
}

impl SecretError {
    /// The result of a read of secrets that failed as a whole.
    pub fn of_all(&self, names: &[SecretName]) -> SecretValues {
        let failed = |name: &SecretName| (name.clone(), Err(self.clone()));
        names.iter().map(failed).collect()
    }
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use tokio::time::Instant;

    use super::*;
    use crate::deadline::Deadline;

    const CONFIDENTIAL: &str = "canary";

    #[test]
    fn what_a_request_and_its_response_carry_is_not_in_their_debug_output() {
        let deadline = Deadline::after(Instant::now(), Duration::from_secs(1));
        let headers = vec![(CONFIDENTIAL.to_owned(), CONFIDENTIAL.to_owned())];
        let request = FetchRequest {
            method: "POST".to_owned(),
            url: format!("https://{CONFIDENTIAL}.example.com"),
            headers: headers.clone(),
            body: CONFIDENTIAL.into(),
            deadline,
            now: SystemTime::UNIX_EPOCH,
        };
        let reply = FetchReply {
            status: 200,
            headers,
            body: CONFIDENTIAL.into(),
        };
        let url = Secret::new(CONFIDENTIAL);
        let call = WebhookCall {
            url: &url,
            display_url: "https://{Host:Secret}/".to_owned(),
            headers: vec![(CONFIDENTIAL.to_owned(), url.clone())],
            signing_secrets: Vec::new(),
            body: CONFIDENTIAL.into(),
            correlation_id: "c",
            webhook_id: "w",
            traceparent: None,
            now: SystemTime::UNIX_EPOCH,
            deadline,
        };
        let answered = WebhookReply {
            status: 200,
            body: CONFIDENTIAL.into(),
            ..WebhookReply::default()
        };
        let texts = [
            format!("{request:?}"),
            format!("{reply:?}"),
            format!("{call:?}"),
            format!("{answered:?}"),
        ];
        for text in texts {
            // Bytes are shown as numbers.
            let bytes = format!("{:?}", CONFIDENTIAL.as_bytes());
            assert!(!text.contains(CONFIDENTIAL), "{text}");
            assert!(!text.contains(bytes.trim_matches(['[', ']'])), "{text}");
        }
    }
}
