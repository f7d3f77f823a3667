//! Due times of timers. The built-in scripts keep the callbacks.

use std::{collections::BTreeMap, rc::Rc};

use rquickjs::{Ctx, Function, Object};

use super::Host;
use crate::imports;

/// Maximum pending timers: more than any hook needs, and within the memory limit.
const TIMER_LIMIT: usize = 10_000;

/// Pending timers, ordered by due time.
#[derive(Default)]
pub(crate) struct Timers {
    due: BTreeMap<(u64, u32), Option<u64>>,
    by_id: BTreeMap<u32, u64>,
    last: u32,
}

impl Timers {
    /// Sets a timer; returns its id, or `None` if there are too many.
    fn set(&mut self, now: u64, delay: u64, repeat: bool) -> Option<u32> {
        if self.by_id.len() >= TIMER_LIMIT {
            return None;
        }
        self.last = self.last.checked_add(1)?;
        self.insert(
            self.last,
            now.saturating_add(delay),
            repeat.then_some(delay),
        );
        Some(self.last)
    }

    fn insert(&mut self, id: u32, at: u64, interval: Option<u64>) {
        self.due.insert((at, id), interval);
        self.by_id.insert(id, at);
    }

    fn clear(&mut self, id: u32) {
        if let Some(at) = self.by_id.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    /// Due time of the next timer.
    pub(crate) fn next(&self) -> Option<u64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    /// Takes the next due timer; reschedules an interval.
    pub(crate) fn take_due(&mut self, now: u64) -> Option<u32> {
        let (&(at, id), &interval) = self.due.iter().next()?;
        if at > now {
            return None;
        }
        self.clear(id);
        if let Some(interval) = interval {
            self.insert(id, now.saturating_add(interval), Some(interval));
        }
        Some(id)
    }
}

/// Converts milliseconds to nanoseconds as JavaScript does: NaN, less than 1 and 2^31 or more all mean 1.
fn delay(milliseconds: f64) -> u64 {
    if (1.0..2_147_483_648.0).contains(&milliseconds) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was just checked"
        )]
        let nanoseconds = (milliseconds * 1e6) as u64;
        nanoseconds
    } else {
        1_000_000
    }
}

pub(crate) fn install<'js>(
    host: &Rc<Host>,
    ctx: &Ctx<'js>,
    natives: &Object<'js>,
) -> rquickjs::Result<()> {
    let timers = Rc::clone(host);
    natives.set(
        "setTimer",
        Function::new(ctx.clone(), move |milliseconds: f64, repeat: bool| {
            let mut timers = timers.timers.borrow_mut();
            timers.set(imports::now(), delay(milliseconds), repeat)
        })?,
    )?;
    let timers = Rc::clone(host);
    natives.set(
        "setImmediate",
        Function::new(ctx.clone(), move || {
            let mut timers = timers.timers.borrow_mut();
            timers.set(imports::now(), 0, false)
        })?,
    )?;
    let timers = Rc::clone(host);
    natives.set(
        "clearTimer",
        Function::new(ctx.clone(), move |id: u32| {
            timers.timers.borrow_mut().clear(id);
        })?,
    )?;
    natives.set(
        "now",
        Function::new(ctx.clone(), || {
            #[expect(
                clippy::cast_precision_loss,
                reason = "nanoseconds since boot fit for a hundred days, and lose less than a microsecond later"
            )]
            let milliseconds = imports::now() as f64 / 1e6;
            milliseconds
        })?,
    )?;
    natives.set(
        "remaining",
        Function::new(ctx.clone(), || {
            u32::try_from(imports::remaining_nanoseconds() / 1_000_000).unwrap_or(u32::MAX)
        })?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(timers: &mut Timers, now: u64) -> Vec<u32> {
        std::iter::from_fn(|| timers.take_due(now)).collect()
    }

    #[test]
    fn timers_fire_in_order_once_and_intervals_again() {
        let mut timers = Timers::default();
        let late = timers.set(0, 30, false).unwrap();
        let early = timers.set(0, 10, false).unwrap();
        let every = timers.set(0, 10, true).unwrap();
        let never = timers.set(0, 5, false).unwrap();
        timers.clear(never);
        assert_eq!(timers.next(), Some(10));
        assert_eq!(due(&mut timers, 9), [] as [u32; 0]);
        assert_eq!(due(&mut timers, 35), [early, every, late]);
        assert_eq!(timers.next(), Some(45));
        timers.clear(every);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn odd_delays_are_one_millisecond() {
        for odd in [f64::NAN, -5.0, 0.0, f64::INFINITY, 2_147_483_648.0] {
            assert_eq!(delay(odd), 1_000_000, "{odd}");
        }
        assert_eq!(delay(2.5), 2_500_000);
    }
}
