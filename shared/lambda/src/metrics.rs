//! Metrics as lines on standard output, in CloudWatch's embedded metric format.
//!
//! They are derived from run records after the response: they delay nothing and need no call to CloudWatch. One line is
//! one run, and a failed one has a second. `docs/metrics.md` lists metrics, dimensions and cost.

mod document;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use hookpoint_engine::{application::staleness::Staleness, record::run_log::RunLog};
use metrique_writer_core::{Entry, format::Format as _};
use metrique_writer_format_emf::Emf;

use self::document::{Failure, Kill, Process, Run, STACK};
use crate::flush::Flush;

/// The CloudWatch namespace, also used by alarms and dashboard in `template.yaml`.
const NAMESPACE: &str = "Hookpoint";

/// The metrics of this process.
pub(crate) struct Metrics {
    stack: String,
    runs: Arc<RunLog>,
    staleness: Arc<Staleness>,
    /// Reuses its buffers between documents.
    format: Mutex<Emf>,
}

impl Metrics {
    /// Metrics of a process of a stack, from its run records and the age of cached state used while a store failed.
    pub(crate) fn new(stack: String, runs: Arc<RunLog>, staleness: Arc<Staleness>) -> Self {
        let every_document = vec![vec![STACK.to_owned()]];
        Self {
            stack,
            runs,
            staleness,
            format: Mutex::new(Emf::builder(NAMESPACE.to_owned(), every_document).build()),
        }
    }

    /// The metrics since the last call, a document on each line.
    fn lines(&self, now: SystemTime) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut format = self.format.lock().unwrap_or_else(PoisonError::into_inner);
        let stack = self.stack.as_str();
        let records_lost = self.runs.look(|record| {
            append(&mut format, &Run { stack, record }, &mut lines);
            if let Some(kill) = Kill::of(stack, record) {
                append(&mut format, &kill, &mut lines);
            }
            if let Some(failure) = Failure::of(stack, record) {
                append(&mut format, &failure, &mut lines);
            }
        });
        let process = Process {
            stack,
            now,
            staleness: self.staleness.take(),
            records_lost,
        };
        if !process.is_empty() {
            append(&mut format, &process, &mut lines);
        }
        lines
    }
}

fn append(format: &mut Emf, document: &impl Entry, lines: &mut Vec<u8>) {
    let before = lines.len();
    if let Err(error) = format.format(document, lines) {
        lines.truncate(before);
        tracing::error!(%error, "failed to format a metric");
    }
}

#[async_trait]
impl Flush for Metrics {
    fn name(&self) -> &'static str {
        "metrics"
    }

    async fn flush(&self) {
        let lines = self.lines(SystemTime::now());
        if lines.is_empty() {
            return;
        }
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(&lines).and_then(|()| out.flush()) {
            tracing::warn!(%error, "failed to write metrics");
        }
    }
}
