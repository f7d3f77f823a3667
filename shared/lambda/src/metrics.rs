//! Metrics, as lines on standard output that CloudWatch Logs turns into metrics (its embedded metric format).
//!
//! They are made of the run records when the answer is out: a metric costs the answer nothing, and no call to CloudWatch is made. One
//! line is one run. What there is, under which dimensions and at what cost, is told in `docs/metrics.md`.

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

use self::document::{Kill, Process, Run, STACK};
use crate::flush::Flush;

/// Where the metrics are in CloudWatch. The alarms and the dashboard of `template.yaml` look there.
const NAMESPACE: &str = "Hookpoint";

/// What this process counts.
pub(crate) struct Metrics {
    stack: String,
    runs: Arc<RunLog>,
    staleness: Arc<Staleness>,
    /// It keeps its buffers from one document to the next.
    format: Mutex<Emf>,
}

impl Metrics {
    /// The metrics of a stack's process, from its records and the age of what served while a store failed.
    pub(crate) fn new(stack: String, runs: Arc<RunLog>, staleness: Arc<Staleness>) -> Self {
        let every_document = vec![vec![STACK.to_owned()]];
        Self {
            stack,
            runs,
            staleness,
            format: Mutex::new(Emf::builder(NAMESPACE.to_owned(), every_document).build()),
        }
    }

    /// What has come up since the last time, a document on each line.
    fn lines(&self, now: SystemTime) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut format = self.format.lock().unwrap_or_else(PoisonError::into_inner);
        let stack = self.stack.as_str();
        let records_lost = self.runs.look(|record| {
            append(&mut format, &Run { stack, record }, &mut lines);
            if let Some(kill) = Kill::of(stack, record) {
                append(&mut format, &kill, &mut lines);
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
        tracing::error!(%error, "a metric is not written");
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
            tracing::warn!(%error, "metrics are not written");
        }
    }
}
