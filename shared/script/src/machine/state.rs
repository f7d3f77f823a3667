//! The host's state of one instance.

use std::time::{Duration, Instant, SystemTime};

use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder, UpdateDeadline};

use super::{Log, config::INSTANCE_MEMORY};

/// When a run must end, and its wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    /// Wall-clock time at an instant, or at all of them; `None` for the system's clock.
    wall: Option<(SystemTime, Option<Instant>)>,
    /// When the interpreter stops by itself, so that it can still report where it was.
    pub(crate) report: Instant,
    /// When the host stops it.
    pub(crate) end: Instant,
}

#[derive(Debug, thiserror::Error)]
#[error("out of time")]
pub(super) struct OutOfTime;

impl Clocks {
    /// The interpreter stops this long before the end, or a tenth of the time if that is less.
    const REPORT_TIME: Duration = Duration::from_millis(10);

    /// Clocks of a run that ends at this instant.
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

    /// Sets the wall clock.
    pub(crate) fn showing(self, now: SystemTime) -> Self {
        Self {
            wall: Some((now, Some(Instant::now()))),
            ..self
        }
    }

    /// Sets the wall clock and stops it.
    pub(crate) fn stopped(self, now: SystemTime) -> Self {
        Self {
            wall: Some((now, None)),
            ..self
        }
    }

    pub(super) fn wall(&self) -> SystemTime {
        self.wall.map_or_else(SystemTime::now, |(then, moment)| {
            then + moment.map_or(Duration::ZERO, |moment| moment.elapsed())
        })
    }

    /// Called at each tick; fails at the end of the run.
    pub(super) fn check(self) -> wasmtime::Result<UpdateDeadline> {
        if Instant::now() >= self.end {
            return Err(OutOfTime.into());
        }
        Ok(UpdateDeadline::Continue(1))
    }
}

pub(super) struct State {
    pub(super) clocks: Clocks,
    pub(super) limits: StoreLimits,
    pub(super) log: Log,
    /// Result of a native operation that the guest has yet to take.
    pub(super) output: Vec<u8>,
    /// Whether the guest asked for anything that differs between runs.
    pub(super) touched: bool,
    /// Set once the instance exists.
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
