//! `cargo xtask scale`: simulates an installation under load, and prints the tables of `docs/scale.md`.
//!
//! Ages, timeouts and attempts are the constants of the engine and of its adapters, and circuits are the engine's own. What AWS
//! does, and what events come, are assumptions that the page names.

mod calls;
mod container;
mod day;
mod endpoint;
mod month;
mod outage;
mod quota;
mod random;
mod start;
mod text;

use std::{
    io::Write as _,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hookpoint_engine::{application::binding::ASYNCHRONOUS_TIMEOUT, delivery::retry::SCHEDULE};

use self::start::Start;

/// The text with a line `{name}` for each table.
const PAGE: &str = include_str!("scale/page.md");
/// The seed of the tables in the page.
const SEED: u64 = 1;
/// Defaults of the template: workers at once, and the messages that each gets.
const WORKERS: u64 = 20;
const BATCH: u64 = 10;

/// Milliseconds since the simulation began.
type Millis = u64;

fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The options of `cargo xtask scale`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Another seed, to see how much is chance
    #[arg(long, default_value_t = SEED)]
    seed: u64,
}

/// Prints the page.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let page = page(arguments.seed)?;
    std::io::stdout().lock().write_all(page.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The page as it is in `docs/`; simulated once, because checks ask for it again and again, several at a time.
pub(crate) fn text() -> anyhow::Result<String> {
    static TEXT: Mutex<Option<String>> = Mutex::new(None);
    let mut text = TEXT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = &*text {
        return Ok(text.clone());
    }
    Ok(text.insert(page(SEED)?).clone())
}

fn page(seed: u64) -> anyhow::Result<String> {
    let day = day::simulate(seed);
    let parts = [
        ("start", Start::default().table(seed)),
        ("day", month::activity(&day)),
        ("month", month::table(&day)),
        ("prices", month::prices()),
        ("endpoint", endpoint::table(seed)?),
        ("outage", outage::table(seed)),
        ("quotas", quota::table()),
        ("deliveries", deliveries()),
    ];
    let mut page = PAGE.to_owned();
    for (name, table) in parts {
        page = page.replace(&format!("{{{name}}}\n"), &table);
    }
    Ok(page)
}

/// How many events a second with an asynchronous hook may go to an endpoint that hangs, at the longest timeout.
fn deliveries() -> String {
    let attempts = u64::try_from(SCHEDULE.len()).unwrap_or(1);
    let seconds = ASYNCHRONOUS_TIMEOUT.as_secs().max(1);
    let a_second = WORKERS * BATCH / seconds;
    format!(
        "With the default concurrency, {WORKERS} workers with {BATCH} messages each, and `timeoutMs: {}`, {a_second} attempts a second can hang for {seconds} seconds. An event\n\
        makes up to {attempts} attempts, so a dead endpoint may get {}.{} events a second all day before other deliveries wait.\n",
        ASYNCHRONOUS_TIMEOUT.as_millis(),
        a_second / attempts,
        a_second % attempts * 10 / attempts,
    )
}

#[cfg(test)]
mod tests {
    use hookpoint_aws::ATTEMPTS;
    use hookpoint_engine::{
        application::sources::{
            KEYS_SERVE_FOR, RETRY_STORE_AFTER, SECRETS_AHEAD_BY, STALE_SERVES_FOR,
        },
        hook::circuit::{FAILURES_TO_OPEN, OPEN_FOR},
    };

    use super::*;

    #[test]
    fn the_page_has_every_table() {
        let page = text().unwrap();
        assert!(!page.contains('{') && !page.contains('}'), "{page}");
        assert!(page.matches("\n|---").count() >= 7);
        let minutes = |duration: Duration| duration.as_secs() / 60;
        for number in [
            format!("a request up to {} times", word(u64::from(ATTEMPTS))),
            format!(
                "keys remain usable for {} minute,",
                word(minutes(KEYS_SERVE_FOR))
            ),
            format!("bindings and secrets for {};", minutes(STALE_SERVES_FOR)),
            format!(
                "a failure for {} seconds",
                word(RETRY_STORE_AFTER.as_secs())
            ),
            format!(
                "opens after {} failures in a row",
                word(u64::from(FAILURES_TO_OPEN))
            ),
            format!("one probe every {} seconds", OPEN_FOR.as_secs()),
            format!("bills {} ms for starting one", day::INIT),
            format!(
                "removes one after {} minutes without events",
                word(day::IDLE / 60_000)
            ),
            format!("{} events a second at a stage", endpoint::EVENTS),
            format!(
                "and {} a second at all other stages, each taking 0.{} seconds",
                endpoint::OTHERS.0,
                endpoint::OTHERS.1 / 100
            ),
            format!(
                "The account has {} concurrent",
                text::number(quota::CONCURRENCY.limit)
            ),
            format!(
                "{} containers have an event per second each; Lambda replaces {} of them each minute",
                outage::CONTAINERS,
                word(outage::REPLACED)
            ),
            format!("For {} minutes a service", word(outage::MINUTES)),
        ] {
            assert!(page.contains(&number), "{number}");
        }
        assert_eq!(minutes(SECRETS_AHEAD_BY), 1, "\"within the last minute\"");
    }

    /// A number as the page spells it.
    fn word(number: u64) -> String {
        let word = match number {
            1 => "one",
            2 => "two",
            3 => "three",
            5 => "five",
            10 => "ten",
            20 => "twenty",
            other => return other.to_string(),
        };
        word.to_owned()
    }

    #[test]
    fn workers_are_those_of_the_template() {
        let path = crate::repository::root().join("cloudformation/source/template.yaml");
        let template = std::fs::read_to_string(path).unwrap();
        let workers =
            format!("  WorkerMaximumConcurrency:\n    Type: Number\n    Default: {WORKERS}\n");
        assert!(template.contains(&workers));
        assert!(template.contains(&format!("BatchSize: !If [UseFifo, 1, {BATCH}]\n")));
    }
}
