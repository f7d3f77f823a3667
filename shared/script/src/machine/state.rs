//! What the host keeps for one instance.

use std::time::{Duration, Instant, SystemTime};

use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder, UpdateDeadline};

use super::{Log, config::INSTANCE_MEMORY};

/// When a run must end, and what time it is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    /// What the wall clock showed at a moment; the system's when absent.
    wall: Option<(SystemTime, Instant)>,
    /// When the interpreter gives up by itself, so that it can still say where it was.
    pub(crate) report: Instant,
    /// When it is stopped, whatever it does.
    pub(crate) end: Instant,
}

/// The engine was stopped at the end of its time.
#[derive(Debug, thiserror::Error)]
#[error("out of time")]
pub(super) struct OutOfTime;

impl Clocks {
    /// The interpreter gives up this much before the end; less for short runs.
    const REPORT_TIME: Duration = Duration::from_millis(10);

    /// The clocks of a run that ends at this time.
    pub(crate) fn ending(end: Instant) -> Self {
        let left = end.saturating_duration_since(Instant::now());
        Self {
            wall: None,
            report: end
                .checked_sub(Self::REPORT_TIME.min(left / 10))
                .unwrap_or(end),
            end,
        }
    }

    /// Lets the wall clock show this time now.
    pub(crate) fn showing(self, now: SystemTime) -> Self {
        Self {
            wall: Some((now, Instant::now())),
            ..self
        }
    }

    /// The wall clock of the run.
    pub(super) fn wall(&self) -> SystemTime {
        self.wall
            .map_or_else(SystemTime::now, |(then, moment)| then + moment.elapsed())
    }

    /// Whether a tick of the clock ends the run.
    pub(super) fn check(self) -> wasmtime::Result<UpdateDeadline> {
        if Instant::now() >= self.end {
            return Err(OutOfTime.into());
        }
        Ok(UpdateDeadline::Continue(1))
    }
}

/// The host's side of an instance.
pub(super) struct State {
    pub(super) clocks: Clocks,
    pub(super) limits: StoreLimits,
    pub(super) log: Log,
    /// The result of a native operation, until the guest takes it.
    pub(super) output: Vec<u8>,
    /// Whether the guest asked for anything that differs from run to run.
    pub(super) touched: bool,
    /// Set as soon as there is an instance.
    pub(super) memory: Option<Memory>,
}

impl State {
    pub(super) fn new(clocks: Clocks) -> Self {
        Self {
            clocks,
            limits: StoreLimitsBuilder::new()
                .memory_size(INSTANCE_MEMORY)
                .memories(1)
                .instances(1)
                .build(),
            log: Log::default(),
            output: Vec::new(),
            touched: false,
            memory: None,
        }
    }
}
