//! Random numbers that a seed determines, so that the tables can be compared.

/// `SplitMix64`: 64 bits of state, and good enough for arrivals.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are what the type holds"
    )]
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to 255.
    pub(super) fn byte(&mut self) -> u8 {
        self.bits().to_le_bytes()[7]
    }

    /// One of `count` places.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.bits() % count).unwrap_or(0)
    }

    /// The time to the next event of a Poisson process, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive and short"
    )]
    pub(super) fn gap(&mut self, per_second: f64) -> u64 {
        let seconds = -(1.0 - self.unit()).ln() / per_second;
        (seconds * 1_000.0).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_what_comes_and_arrivals_have_their_rate() {
        let gaps = |seed| {
            let mut random = Random::new(seed);
            (0..20_000).map(|_| random.gap(10.0)).collect::<Vec<_>>()
        };
        assert_eq!(gaps(1), gaps(1));
        assert_ne!(gaps(1), gaps(2));
        let together: u64 = gaps(1).iter().sum();
        assert!((1_900_000..2_100_000).contains(&together), "{together}");
        let mut random = Random::new(3);
        assert!((0..1_000).all(|_| random.unit() < 1.0 && random.below(7) < 7));
    }
}
