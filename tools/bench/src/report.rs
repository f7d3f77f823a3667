//! The results, as a table for people and as JSON for programs.

mod table;

use serde_json::{Value, json};

pub(crate) use self::table::render;
use crate::series::Series;

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its row on the command line.
    pub(crate) name: &'static str,
    /// Subject and baseline.
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) measured: Figures,
    pub(crate) baseline: Option<Figures>,
    pub(crate) goal: Option<Goal>,
}

/// The figures of one side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) p50: f64,
    /// The 99th percentile; absent for single figures and figures of whole batches.
    pub(crate) p99: Option<f64>,
    /// The spread of the medians of its batches, relative to the median.
    pub(crate) noise: Option<f64>,
}

impl Figures {
    /// Figures of single events.
    pub(crate) fn of(series: &Series) -> Self {
        Self {
            p99: Some(series.p99()),
            ..Self::of_batches(series)
        }
    }

    /// Figures of whole batches, whose extremes say nothing about single events.
    pub(crate) fn of_batches(series: &Series) -> Self {
        Self {
            p50: series.p50(),
            p99: None,
            noise: Some(series.noise()),
        }
    }

    /// A figure that does not vary.
    pub(crate) fn constant(figure: f64) -> Self {
        Self {
            p50: figure,
            p99: None,
            noise: None,
        }
    }
}

/// The unit of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Microseconds,
    EventsPerSecond,
    Bytes,
}

/// A goal for the median. All but the last three are relative to the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// Maximum factor of the baseline.
    TimesAtMost(f64),
    /// Minimum factor of the baseline, where more is better.
    TimesAtLeast(f64),
    /// Maximum difference from the baseline.
    MoreAtMost(f64),
    /// Maximum value.
    AtMost(f64),
    /// Minimum value, where more is better.
    AtLeast(f64),
    /// Maximum value of the 99th percentile.
    TailAtMost(f64),
}

impl Row {
    /// The median relative to its baseline, in terms of the goal: a factor, a difference, or the value itself.
    fn compared(&self) -> Option<f64> {
        let baseline = self.baseline.map(|baseline| baseline.p50);
        match self.goal {
            None | Some(Goal::TimesAtMost(_) | Goal::TimesAtLeast(_)) => {
                Some(self.measured.p50 / baseline?)
            }
            Some(Goal::MoreAtMost(_)) => Some(self.measured.p50 - baseline?),
            Some(Goal::AtMost(_) | Goal::AtLeast(_)) => Some(self.measured.p50),
            Some(Goal::TailAtMost(_)) => self.measured.p99,
        }
    }

    /// Whether the goal is reached, which NaN never does.
    pub(crate) fn passes(&self) -> Option<bool> {
        let compared = self.compared()?;
        Some(match self.goal? {
            Goal::TimesAtMost(limit)
            | Goal::MoreAtMost(limit)
            | Goal::AtMost(limit)
            | Goal::TailAtMost(limit) => compared <= limit,
            Goal::TimesAtLeast(limit) | Goal::AtLeast(limit) => compared >= limit,
        })
    }

    /// The noise of the baseline.
    fn noise(&self) -> Option<f64> {
        self.baseline.and_then(|baseline| baseline.noise)
    }

    fn to_json(&self) -> Value {
        let figures = |figures: Figures| json!({ "p50": figures.p50, "p99": figures.p99, "noise": figures.noise });
        json!({
            "row": self.name,
            "what": self.what,
            "unit": match self.unit {
                Unit::Microseconds => "microseconds",
                Unit::EventsPerSecond => "eventsPerSecond",
                Unit::Bytes => "bytes",
            },
            "measured": figures(self.measured),
            "baseline": self.baseline.map(figures),
            "compared": self.compared(),
            "goal": self.goal.map(|goal| match goal {
                Goal::TimesAtMost(limit) => json!({ "timesAtMost": limit }),
                Goal::TimesAtLeast(limit) => json!({ "timesAtLeast": limit }),
                Goal::MoreAtMost(limit) => json!({ "moreAtMost": limit }),
                Goal::AtMost(limit) => json!({ "atMost": limit }),
                Goal::AtLeast(limit) => json!({ "atLeast": limit }),
                Goal::TailAtMost(limit) => json!({ "p99AtMost": limit }),
            }),
            "passes": self.passes(),
        })
    }
}

/// The rows as JSON.
pub(crate) fn to_json(rows: &[Row]) -> Value {
    Value::Array(rows.iter().map(Row::to_json).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(goal: Goal, measured: f64, baseline: Option<f64>) -> Option<bool> {
        let row = Row {
            name: "start",
            what: String::new(),
            unit: Unit::Microseconds,
            measured: Figures::constant(measured),
            baseline: baseline.map(Figures::constant),
            goal: Some(goal),
        };
        row.passes()
    }

    #[test]
    fn a_goal_is_reached_or_missed_against_the_baseline_and_never_by_nonsense() {
        assert_eq!(passes(Goal::TimesAtMost(2.5), 5.0, Some(2.0)), Some(true));
        assert_eq!(passes(Goal::TimesAtMost(2.5), 5.1, Some(2.0)), Some(false));
        assert_eq!(passes(Goal::TimesAtLeast(0.5), 5.0, Some(10.0)), Some(true));
        assert_eq!(
            passes(Goal::TimesAtLeast(0.5), 4.9, Some(10.0)),
            Some(false)
        );
        assert_eq!(passes(Goal::MoreAtMost(100.0), 90.0, Some(1.0)), Some(true));
        assert_eq!(
            passes(Goal::MoreAtMost(100.0), 190.0, Some(1.0)),
            Some(false)
        );
        assert_eq!(passes(Goal::AtMost(5.0), 5.0, None), Some(true));
        assert_eq!(passes(Goal::AtMost(5.0), f64::NAN, None), Some(false));
        assert_eq!(passes(Goal::AtLeast(5.0), 5.0, None), Some(true));
        assert_eq!(passes(Goal::AtLeast(5.0), 4.9, Some(1.0)), Some(false));
        assert_eq!(passes(Goal::TimesAtMost(2.5), 1.0, None), None);
        // Only a row with a 99th percentile can be judged by it.
        assert_eq!(passes(Goal::TailAtMost(5.0), 1.0, None), None);
    }
}
