//! HTTP exchanges on behalf of scripts.

use std::{fmt, time::SystemTime};

use async_trait::async_trait;

use crate::{deadline::Deadline, hook::outcome::HookFailure};

/// The largest response of a hook, and the largest merged response, in bytes.
pub const RESPONSE_LIMIT: usize = 256 * 1024;

/// One guarded HTTP exchange on behalf of a script.
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

impl fmt::Debug for FetchRequest {
    /// URL, headers and body may have secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("FetchRequest");
        shown.field("method", &self.method).finish_non_exhaustive()
    }
}

/// The response to a [`FetchRequest`].
#[derive(Clone)]
pub struct FetchReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The whole body, at most [`RESPONSE_LIMIT`] bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for FetchReply {
    /// An endpoint may repeat what it was sent.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("FetchReply");
        shown.field("status", &self.status).finish_non_exhaustive()
    }
}

/// Performs the `fetch` of scripts.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Makes one exchange under the same guard as webhooks. Redirects are returned, not followed. A gzip, deflate or br
    /// body is decoded, and [`RESPONSE_LIMIT`] applies before and after; the headers stay as they came. A request lost
    /// with a reused connection is sent once more when its method is idempotent or it carries an `Idempotency-Key`.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure>;
}
