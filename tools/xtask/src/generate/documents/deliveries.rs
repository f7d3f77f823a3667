//! The schedule of attempts in `docs/deliveries.md`.

use std::time::Duration;

use hookpoint_engine::delivery::retry::SCHEDULE;

/// One column for each attempt.
pub(super) fn schedule() -> String {
    let numbers: Vec<_> = (1..=SCHEDULE.len())
        .map(|number| number.to_string())
        .collect();
    let waits: Vec<_> = SCHEDULE.iter().map(|wait| in_words(*wait)).collect();
    format!(
        "\n| attempt | {} |\n|{}\n| wait before it | {} |\n\n",
        numbers.join(" | "),
        "---|".repeat(numbers.len() + 1),
        waits.join(" | ")
    )
}

/// In the largest unit that has no remainder.
fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs();
    match seconds {
        0 => "–".to_owned(),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
