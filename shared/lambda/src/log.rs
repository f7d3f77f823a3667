//! Logs as JSON lines, and the limits on what libraries log.

use std::io;

use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

/// Prefix of the targets of our own crates.
const OURS: &str = "hookpoint";
/// Most verbose level for libraries. Below it, the Lambda runtime logs whole events and the SDK headers and bodies.
const LIBRARY_LIMIT: LevelFilter = LevelFilter::INFO;

/// The default filter.
pub(crate) fn default_filter() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(OURS, LevelFilter::INFO)
}

/// Parses a level or `target=level` pairs. The error is the invalid element and the reason.
///
/// A bare level applies to our own targets. `EnvFilter` would let `debug` enable everything, and costs more at start.
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

/// Installs the subscriber of this process, writing to standard error.
pub(crate) fn install(filter: Targets) {
    let outcome = tracing::subscriber::set_global_default(subscriber(filter, io::stderr));
    if outcome.is_err() {
        tracing::warn!("logs are already set up; the existing settings stay");
    }
}

/// A subscriber that writes what passes the filter as JSON lines.
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
