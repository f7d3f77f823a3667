//! Renders the table.

use std::iter;

use super::{Figures, Goal, Row, Unit};

const HEADINGS: [&str; 10] = [
    "row",
    "what",
    "p50",
    "p99",
    "baseline p50",
    "p99",
    "compared",
    "goal",
    "",
    "noise",
];
/// The first of the right-aligned columns with figures.
const FIRST_FIGURE: usize = 2;

/// The rows as lines of text.
pub(crate) fn render(rows: &[Row]) -> String {
    let lines: Vec<[String; 10]> = iter::once(HEADINGS.map(str::to_owned))
        .chain(rows.iter().map(cells))
        .collect();
    let widths: [usize; 10] = std::array::from_fn(|column| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or_default()
    });
    let text = |line: &[String; 10]| {
        let padded = line.iter().zip(widths).enumerate();
        let cells: Vec<_> = padded
            .map(|(column, (cell, width))| {
                if column < FIRST_FIGURE {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(text).collect()
}

fn cells(row: &Row) -> [String; 10] {
    let show = |figure: f64| shown(row.unit, figure);
    let p50 = |figures: Figures| show(figures.p50);
    let p99 = |figures: Figures| figures.p99.map(show).unwrap_or_default();
    let compared = row.compared().unwrap_or(f64::NAN);
    let (compared, goal) = match row.goal {
        Some(Goal::TimesAtMost(limit)) => (format!("{compared:.2} ×"), format!("≤ {limit} ×")),
        Some(Goal::TimesAtLeast(limit)) => (format!("{compared:.2} ×"), format!("≥ {limit} ×")),
        Some(Goal::MoreAtMost(limit)) => {
            let sign = if compared < 0.0 { '−' } else { '+' };
            (
                format!("{sign} {}", show(compared.abs())),
                format!("≤ + {}", show(limit)),
            )
        }
        Some(Goal::AtMost(limit)) => (show(compared), format!("≤ {}", show(limit))),
        Some(Goal::AtLeast(limit)) => (show(compared), format!("≥ {}", show(limit))),
        Some(Goal::TailAtMost(limit)) => (show(compared), format!("p99 ≤ {}", show(limit))),
        None if row.baseline.is_none() => (String::new(), String::new()),
        None => (format!("{compared:.2} ×"), String::new()),
    };
    let verdict = match row.passes() {
        Some(true) => "pass",
        Some(false) => "MISSED",
        None => "",
    };
    [
        row.name.to_owned(),
        row.what.clone(),
        p50(row.measured),
        p99(row.measured),
        row.baseline.map(p50).unwrap_or_default(),
        row.baseline.map(p99).unwrap_or_default(),
        compared,
        goal,
        verdict.to_owned(),
        row.noise()
            .map(|noise| format!("{:.0} %", noise * 100.0))
            .unwrap_or_default(),
    ]
}

fn shown(unit: Unit, figure: f64) -> String {
    match unit {
        Unit::Microseconds if figure >= 1_000.0 => format!("{:.2} ms", figure / 1_000.0),
        Unit::Microseconds if figure < 100.0 => format!("{figure:.1} µs"),
        Unit::Microseconds => format!("{figure:.0} µs"),
        Unit::EventsPerSecond => format!("{figure:.0}/s"),
        Unit::Bytes => format!("{:.2} MB", figure / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_shows_its_figures_the_comparison_and_the_verdict() {
        let figures = |p50| Figures {
            p50,
            p99: Some(p50 * 2.0),
            noise: Some(0.04),
        };
        let rows = [
            Row {
                name: "start",
                what: "process start".to_owned(),
                unit: Unit::Microseconds,
                measured: figures(5_000.0),
                baseline: Some(figures(2_000.0)),
                goal: Some(Goal::TimesAtMost(2.5)),
            },
            Row {
                name: "size",
                what: "zip".to_owned(),
                unit: Unit::Bytes,
                measured: Figures::constant(6_000_000.0),
                baseline: None,
                goal: Some(Goal::AtMost(5_000_000.0)),
            },
        ];
        let expected = "\
row    what               p50       p99  baseline p50      p99  compared       goal          noise
start  process start  5.00 ms  10.00 ms       2.00 ms  4.00 ms    2.50 ×    ≤ 2.5 ×    pass    4 %
size   zip            6.00 MB                                    6.00 MB  ≤ 5.00 MB  MISSED
";
        assert_eq!(render(&rows), expected);
    }
}
