//! Figures of one kind, taken in several batches.

/// Batches of figures, alternating with the other side's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<Vec<f64>>);

impl Series {
    /// Adds the figures of one turn.
    pub(crate) fn push(&mut self, batch: Vec<f64>) {
        self.0.push(batch);
    }

    /// The median of all figures.
    pub(crate) fn p50(&self) -> f64 {
        percentile(self.all(), 0.5)
    }

    /// The 99th percentile of all figures.
    pub(crate) fn p99(&self) -> f64 {
        percentile(self.all(), 0.99)
    }

    /// The spread of the medians of the batches, relative to the median: the machine's own influence.
    pub(crate) fn noise(&self) -> f64 {
        let medians = || self.0.iter().map(|batch| percentile(batch.clone(), 0.5));
        let highest = medians().fold(f64::NEG_INFINITY, f64::max);
        let lowest = medians().fold(f64::INFINITY, f64::min);
        (highest - lowest) / self.p50()
    }

    fn all(&self) -> Vec<f64> {
        self.0.concat()
    }
}

/// The nearest-rank percentile; NaN without figures.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rank lies between 0 and the number of figures, which is far below 2^52"
)]
fn percentile(mut figures: Vec<f64>, part: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    let rank = (figures.len() as f64 * part).ceil() as usize;
    figures
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::float_cmp,
        reason = "small whole numbers and halves of them are exact"
    )]
    fn percentiles_are_figures_that_were_measured_and_noise_is_between_batches() {
        let mut series = Series::default();
        series.push((1..=50).rev().map(f64::from).collect());
        series.push((51..=100).map(f64::from).collect());
        // The medians of the batches are 25 and 75.
        let figures = [series.p50(), series.p99(), series.noise()];
        assert_eq!(figures, [50.0, 99.0, 1.0]);
        assert!(Series::default().p50().is_nan());
    }
}
