//! Explains the end of a run to the engine and the hook's author.

use std::time::Duration;

use hookpoint_engine::{
    confidential::redaction::{Redaction, harmless},
    hook::{
        Hook, ScriptHook,
        outcome::{FailureClass, HookFailure},
    },
    ports::ScriptReply,
};
use hookpoint_script_protocol::{Failure, FailureKind, SOURCE_LIMIT};
use tokio::time::Instant;

use crate::{
    diagnostic::ScriptDiagnostic,
    machine::{Log, Trap},
    origin::{Origins, names_a_place},
    reply,
    run_end::RunEnd,
};

/// Context for explaining how a run ended.
pub(crate) struct Explanation<'a> {
    pub(crate) hook: &'a Hook,
    pub(crate) script: &'a ScriptHook,
    pub(crate) started: Instant,
    pub(crate) budget: Duration,
    pub(crate) redaction: &'a Redaction,
    /// Maps places in a bundle to the author's files; `None` without a readable source map.
    pub(crate) origins: Option<&'a Origins<'a>>,
}

impl Explanation<'_> {
    pub(crate) fn reply(&self, end: RunEnd, log: Log) -> Result<ScriptReply, HookFailure> {
        let mut lines: Vec<String> = log
            .lines
            .into_iter()
            .map(|line| self.redaction.apply(self.traced(line)))
            .collect();
        if log.dropped_lines > 0 {
            lines.push(format!("({} more lines did not fit)", log.dropped_lines));
        }
        let response = match end {
            RunEnd::Result(body) => reply::response(&body)
                .map_err(|failure| self.say(failure.class, 0, 0, &failure.message)),
            RunEnd::Failure(failure) => Err(self.reported(&failure)),
            RunEnd::Trapped(Trap::OutOfTime) => Err(self.say(
                FailureClass::ScriptTimeout,
                0,
                0,
                &self.out_of_time("it was stopped from outside"),
            )),
            RunEnd::Trapped(_) => {
                let (class, message) = explain(&end);
                Err(self.say(class, 0, 0, &message))
            }
        };
        match response {
            Ok(response) => Ok(ScriptReply {
                response,
                log: lines,
            }),
            Err(failure) => Err(HookFailure {
                log: lines,
                ..failure
            }),
        }
    }

    pub(crate) fn source_too_long(&self) -> HookFailure {
        let message = source_too_long(self.script.source.len());
        self.say(FailureClass::ScriptError, 0, 0, &message)
    }

    pub(crate) fn no_place(&self, capacity: usize) -> HookFailure {
        self.say(
            FailureClass::SandboxUnavailable,
            0,
            0,
            &format!(
                "waited {} ms for one of {capacity} places; more memory makes more places",
                self.started.elapsed().as_millis()
            ),
        )
    }

    fn reported(&self, failure: &Failure) -> HookFailure {
        let (class, message) = match failure.kind {
            FailureKind::Syntax | FailureKind::Threw => {
                (FailureClass::ScriptError, failure.message.clone())
            }
            FailureKind::Memory => (
                FailureClass::ScriptMemory,
                "out of memory: its values need more than 32 MB".to_owned(),
            ),
            FailureKind::Stack => (
                FailureClass::ScriptStack,
                format!("calls or data are nested too deeply: {}", failure.message),
            ),
            FailureKind::Timeout => (
                FailureClass::ScriptTimeout,
                self.out_of_time(&failure.message),
            ),
            FailureKind::BadResult => (FailureClass::BadResponse, failure.message.clone()),
            FailureKind::TooLarge => (FailureClass::TooLarge, failure.message.clone()),
            FailureKind::FetchRefused => (FailureClass::EgressRefused, failure.message.clone()),
        };
        self.say(class, failure.line, failure.column, &message)
    }

    fn out_of_time(&self, doing: &str) -> String {
        format!(
            "out of time after {} ms of {} ms: {doing}",
            self.started.elapsed().as_millis(),
            // Rounded: some microseconds have passed since the caller chose the budget.
            (self.budget.as_secs_f64() * 1000.0).round()
        )
    }

    /// A failure that names hook, version, place, message and source line.
    fn say(&self, class: FailureClass, line: u32, column: u32, message: &str) -> HookFailure {
        let name = self.hook.name.as_str();
        // Redact the message before it is embedded, so that a secret cut off at its end is recognised.
        let message = self.redaction.apply(self.traced(message.to_owned()));
        let diagnostic = self.place(line, column, message);
        let text = format!("hook `{name}` version {}: {diagnostic}", self.hook.version);
        // Line breaks are ours by now; the quoted source line is not.
        let text = text
            .chars()
            .map(|character| match character {
                '\n' => character,
                character => harmless(character),
            })
            .collect();
        HookFailure::new(class, self.redaction.apply(text))
    }
}

impl Explanation<'_> {
    /// A diagnostic in the author's file if that is known, else in the script.
    fn place(&self, line: u32, column: u32, message: String) -> ScriptDiagnostic {
        let script = self.script;
        let file = script.file.as_deref().unwrap_or(self.hook.name.as_str());
        if let Some(origin) = self.origins.and_then(|origins| origins.of(line, column)) {
            let text = origin.text.unwrap_or_default();
            let file = origin.file.to_owned();
            return ScriptDiagnostic::new(file, text, origin.line, origin.column, message);
        }
        let file = if script.source_map.is_some() && line > 0 {
            format!("{file} (bundled)")
        } else {
            file.to_owned()
        };
        ScriptDiagnostic::new(file, &script.source, line, column, message)
    }

    /// Replaces places in stack traces by the author's.
    fn traced(&self, text: String) -> String {
        match self.origins {
            Some(origins) if names_a_place(&text) => origins.in_text(&text),
            _ => text,
        }
    }
}

/// Whether a source map could improve the report of this run.
pub(crate) fn has_places(end: &RunEnd, log: &Log) -> bool {
    let failed_somewhere = match end {
        RunEnd::Failure(failure) => failure.line > 0 || names_a_place(&failure.message),
        RunEnd::Result(_) | RunEnd::Trapped(_) => false,
    };
    failed_somewhere || log.lines.iter().any(|line| names_a_place(line))
}

pub(crate) fn source_too_long(length: usize) -> String {
    format!("the source is {length} bytes, at most {SOURCE_LIMIT} are accepted")
}

/// Class and message of a run that ended without a result.
pub(crate) fn explain(end: &RunEnd) -> (FailureClass, String) {
    match end {
        RunEnd::Failure(failure) => (FailureClass::ScriptError, failure.message.clone()),
        RunEnd::Trapped(Trap::OutOfTime) => (
            FailureClass::ScriptTimeout,
            "it was stopped from outside at the end of its time".to_owned(),
        ),
        RunEnd::Trapped(Trap::OutOfMemory) => (
            FailureClass::ScriptMemory,
            "out of memory: it needs more than 48 MB in all".to_owned(),
        ),
        RunEnd::Trapped(Trap::OutOfStack) => (
            FailureClass::ScriptStack,
            "calls or data are nested too deeply for the sandbox".to_owned(),
        ),
        RunEnd::Trapped(Trap::Broken(message)) => (
            FailureClass::ScriptCrash,
            format!("the sandbox broke: {message}"),
        ),
        RunEnd::Result(_) => (FailureClass::ScriptCrash, "an unexpected result".to_owned()),
    }
}
