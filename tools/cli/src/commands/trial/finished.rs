//! The result of a script that was tried.

use hookpoint_engine::{
    identifier::ApplicationId,
    record::report::{RunOutcome, RunReport},
};
use hookpoint_operator::Exchange;
use serde_json::{Map, Value, json};

use crate::output::{
    self, BAD, BOLD, DIM, GOOD, WARNING, milliseconds, paint, printable, printable_lines, prose,
    width::{self, error_lines},
};

/// The remedy of the sandbox for a host that a hook does not declare.
const IN_THE_WORKSPACE: &str = "; add it to the hook's `hosts`";

/// One run and its requests.
pub(super) struct Finished {
    pub(super) report: RunReport,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) application: ApplicationId,
    /// Whether the workspace has a hook with this script.
    pub(super) is_hook: bool,
}

impl Finished {
    fn response(&self) -> Map<String, Value> {
        let kept = self.report.record.kept.as_ref();
        kept.map(|kept| kept.response.clone()).unwrap_or_default()
    }

    /// Text for people.
    pub(super) fn render(&self) -> String {
        let record = &self.report.record;
        let style = match self.report.outcome() {
            RunOutcome::Ok if record.dropped.is_empty() => GOOD,
            RunOutcome::Ok => WARNING,
            _ => BAD,
        };
        let mut lines = Vec::new();
        if let RunOutcome::Ok = self.report.outcome() {
            lines.push(output::pretty(&Value::Object(self.response())));
            lines.push(String::new());
        }
        lines.push(format!(
            "{} at {} of {}: {}, {}",
            paint(BOLD, record.hook.as_str()),
            record.id.stage.id(),
            self.application,
            paint(style, self.report.outcome().as_str()),
            milliseconds(record.duration())
        ));
        if let RunOutcome::Failed(failure, _) = self.report.outcome() {
            let message = printable_lines(&self.remedied(&failure.message));
            lines.extend(error_lines(&message, width::of_terminal()));
        }
        lines.extend(record.dropped.iter().map(|dropped| {
            prose(&format!(
                "{} {}",
                paint(WARNING, "dropped"),
                printable(&dropped.to_string())
            ))
        }));
        lines.extend(
            self.exchanges
                .iter()
                .map(|exchange| self.exchange_line(exchange)),
        );
        lines.extend(
            record
                .log
                .iter()
                .map(|line| format!("{} {}", paint(DIM, ">"), printable(&self.remedied(line)))),
        );
        lines.join("\n")
    }

    /// JSON for programs.
    pub(super) fn to_json(&self) -> Value {
        let record = &self.report.record;
        let failure = match self.report.outcome() {
            RunOutcome::Failed(failure, _) => {
                json!({ "class": failure.class.as_str(), "message": self.remedied(&failure.message) })
            }
            _ => Value::Null,
        };
        let requests = self.exchanges.iter().map(|exchange| {
            json!({
                "method": exchange.method,
                "url": shown_url(&exchange.url),
                "status": exchange.result.as_ref().ok(),
                "error": exchange.result.as_ref().err().map(|failure| self.remedied(&failure.message)),
                "durationMs": exchange.elapsed.as_secs_f64() * 1_000.0,
            })
        });
        json!({
            "hook": record.hook,
            "stage": record.id.stage.id(),
            "application": self.application,
            "outcome": self.report.outcome().as_str(),
            "durationMs": record.duration().as_secs_f64() * 1_000.0,
            "response": self.response(),
            "failure": failure,
            "dropped": record.dropped,
            "requests": requests.collect::<Value>(),
            "log": record.log.iter().map(|line| self.remedied(line)).collect::<Value>(),
        })
    }

    /// `GET https://api.example.com/v1  200, 12.1 ms`.
    fn exchange_line(&self, exchange: &Exchange) -> String {
        let result = match &exchange.result {
            Ok(status) => status.to_string(),
            Err(failure) => printable(&self.remedied(&failure.message)),
        };
        prose(&format!(
            "{} {} {}, {}",
            paint(DIM, &exchange.method),
            printable(&shown_url(&exchange.url)),
            result,
            milliseconds(exchange.elapsed)
        ))
    }

    /// A message with the remedy for a script that is no hook yet.
    fn remedied(&self, message: &str) -> String {
        let message = output::unnamed(message);
        // What stands before says where.
        let refused = message.split_once("the hook does not declare the host `");
        let parts = refused.and_then(|(before, rest)| {
            let (host, after) = rest.split_once('`')?;
            Some((before, host, after.strip_prefix(IN_THE_WORKSPACE)?))
        });
        match parts.filter(|_| !self.is_hook) {
            Some((before, host, after)) => format!(
                "{before}the script was not given the host `{host}`; add `--host {host}`{after}"
            ),
            None => message.to_owned(),
        }
    }
}

/// The URL without its query and password, which may be secrets.
fn shown_url(url: &str) -> String {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let shown = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    };
    if query.is_empty() {
        shown
    } else {
        format!("{shown}?…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_what_may_be_secret() {
        for (url, shown) in [
            ("https://a.example/v1", "https://a.example/v1"),
            (
                "https://user:pw@a.example/v1?key=1",
                "https://a.example/v1?…",
            ),
            ("https://a.example", "https://a.example"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }
}
