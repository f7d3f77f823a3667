//! Logs: JSON lines, and what may be in them.

use std::io;

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

/// What the targets of our own crates begin with.
const OURS: &str = "hookpoint";
/// The most that a library may log. Below it, the Lambda runtime writes whole events and the SDK headers and bodies.
const LIBRARY_LIMIT: LevelFilter = LevelFilter::INFO;

/// What is logged when nothing else is asked for.
pub(crate) fn default_filter() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(OURS, LevelFilter::INFO)
}

/// Reads a level or `target=level` pairs. The error is the element that cannot be used, and why.
///
/// A bare level is for our own targets. This is no `EnvFilter`: that one would let `debug` switch on everything, and costs more
/// at start.
pub(crate) fn filter(text: &str) -> Result<Targets, (&str, &'static str)> {
    let elements = text.split(',').map(str::trim);
    elements
        .filter(|element| !element.is_empty())
        .try_fold(default_filter(), |filter, element| {
            let (target, level) = element.split_once('=').unwrap_or((OURS, element));
            let (target, level) = (target.trim(), level.trim());
            let level = Some(level)
                .filter(|level| !level.is_empty() && !target.is_empty())
                .and_then(|level| level.parse::<LevelFilter>().ok())
                .ok_or((
                    element,
                    "neither a level (`off`, `error`, `warn`, `info`, `debug`, `trace`) nor `target=level`",
                ))?;
            if level > LIBRARY_LIMIT && !target.starts_with(OURS) {
                return Err((
                    element,
                    "not allowed: below `info`, libraries log headers and bodies, which can hold passwords and keys",
                ));
            }
            Ok(filter.with_target(target, level))
        })
}

/// Sends the log of this process to standard error.
pub(crate) fn install(filter: Targets) {
    let outcome = tracing::subscriber::set_global_default(subscriber(filter, io::stderr));
    if outcome.is_err() {
        tracing::warn!("logs were already set up by somebody else; their settings hold");
    }
}

/// JSON lines for whatever passes the filter.
pub(crate) fn subscriber<W>(filter: Targets, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(filter).with(lines)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_is_for_our_own_targets_and_libraries_stay_quiet() {
        let quiet = [
            "lambda_runtime::layers::api_response",
            "aws_config",
            "hyper_util",
        ];
        for (text, ours) in [
            ("", Level::INFO),
            ("debug", Level::DEBUG),
            ("trace", Level::TRACE),
        ] {
            let filter = filter(text).unwrap();
            for target in quiet {
                assert!(filter.would_enable(target, &Level::WARN), "{text} {target}");
                assert!(
                    !filter.would_enable(target, &Level::INFO),
                    "{text} {target}"
                );
            }
            for level in [Level::INFO, Level::DEBUG, Level::TRACE] {
                let logged = filter.would_enable("hookpoint_engine::event::ingest", &level);
                assert_eq!(logged, level <= ours, "{text} {level}");
            }
        }
    }

    #[test]
    fn pairs_set_single_targets() {
        let filter = filter("warn, hookpoint_webhook=debug,aws_smithy_runtime=info").unwrap();
        assert!(filter.would_enable("hookpoint_webhook::client", &Level::DEBUG));
        assert!(!filter.would_enable("hookpoint_engine", &Level::INFO));
        assert!(filter.would_enable("aws_smithy_runtime::client", &Level::INFO));
        assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::DEBUG));
    }
}
