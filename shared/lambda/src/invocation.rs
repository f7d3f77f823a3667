//! One invocation of the function: start time, request id and trace.

use std::time::SystemTime;

use lambda_runtime::Context;
use tokio::time::Instant;
use tracing::Span;

use crate::trace::Trace;

/// The metadata of an invocation.
pub(crate) struct Invocation {
    /// Start on the wall clock.
    pub(crate) now: SystemTime,
    /// Start on the monotonic clock.
    pub(crate) received: Instant,
    /// Lambda's request id.
    pub(crate) request_id: String,
    /// The X-Ray trace it belongs to.
    pub(crate) trace: Option<Trace>,
}

impl Invocation {
    /// Starts an invocation now.
    pub(crate) fn begin(context: &Context) -> Self {
        Self {
            now: SystemTime::now(),
            received: Instant::now(),
            request_id: context.request_id.clone(),
            trace: context.xray_trace_id.as_deref().and_then(Trace::parse),
        }
    }

    /// The span whose fields every log line carries.
    pub(crate) fn span(&self, correlation_id: Option<&str>) -> Span {
        tracing::info_span!(
            "invocation",
            aws.request_id = self.request_id.as_str(),
            aws.xray_trace_id = self.trace.as_ref().map(Trace::id),
            correlation.id = correlation_id,
        )
    }
}
