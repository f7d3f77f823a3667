//! One invocation of the function: when it began, how it is found in the log and in traces.

use std::time::SystemTime;

use lambda_runtime::Context;
use tokio::time::Instant;
use tracing::Span;

use crate::trace::Trace;

/// What is known of an invocation beside its payload.
pub(crate) struct Invocation {
    /// The wall clock when it began.
    pub(crate) now: SystemTime,
    /// When it began, for the process.
    pub(crate) received: Instant,
    /// What AWS calls it.
    pub(crate) request_id: String,
    /// The trace that it is part of.
    pub(crate) trace: Option<Trace>,
}

impl Invocation {
    /// An invocation that begins now.
    pub(crate) fn begin(context: &Context) -> Self {
        Self {
            now: SystemTime::now(),
            received: Instant::now(),
            request_id: context.request_id.clone(),
            trace: context.xray_trace_id.as_deref().and_then(Trace::parse),
        }
    }

    /// What every line of the log about it carries.
    pub(crate) fn span(&self, correlation_id: Option<&str>) -> Span {
        tracing::info_span!(
            "invocation",
            aws.request_id = self.request_id.as_str(),
            aws.xray_trace_id = self.trace.as_ref().map(Trace::id),
            correlation.id = correlation_id,
        )
    }
}
