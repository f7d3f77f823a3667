//! Growing pauses between retries.

use std::time::Duration;

/// The first pause; it doubles with each retry.
const FIRST: Duration = Duration::from_millis(100);
/// Maximum pause.
const LONGEST: Duration = Duration::from_secs(5);

/// The state of a back-off.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    failures: u32,
}

impl Patience {
    /// Whether there was no failure since the last success.
    pub(crate) fn is_new(&self) -> bool {
        self.failures == 0
    }

    /// Records a failure; returns how long to wait.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = FIRST.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST)
    }

    /// Records a success.
    pub(crate) fn recover(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew_when_it_works() {
        let mut patience = Patience::default();
        let pauses: Vec<_> = (0..40).map(|_| patience.next()).collect();
        assert_eq!(pauses[..3], [FIRST, FIRST * 2, FIRST * 4]);
        assert_eq!(pauses[39], LONGEST);
        patience.recover();
        assert!(patience.is_new());
        assert_eq!(patience.next(), FIRST);
    }
}
