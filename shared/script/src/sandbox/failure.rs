//! From how a conversation ended to what the engine and the hook's author are told.

use std::time::Duration;

use hookpoint_engine::{
    hook::{Hook, ScriptHook},
    outcome::{FailureClass, HookFailure},
    ports::ScriptReply,
    redaction::{Redaction, harmless},
};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{diagnostic::ScriptDiagnostic, drive::Ended, reply};
use crate::{
    child::{PANICKED, UNCONFINED},
    message::{FailureHeader, FailureKind, SOURCE_LIMIT},
    process::control::Exit,
};

/// What there is to say about a run besides how it ended.
pub(crate) struct Explanation<'a> {
    pub(crate) hook: &'a Hook,
    pub(crate) script: &'a ScriptHook,
    pub(crate) started: Instant,
    pub(crate) budget: Duration,
    pub(crate) redaction: &'a Redaction,
}

impl Explanation<'_> {
    /// The reply or the failure.
    pub(crate) fn reply(&self, ended: Ended, log: Vec<String>) -> Result<ScriptReply, HookFailure> {
        let dropped_lines = match &ended {
            Ended::Result { dropped_lines, .. } => *dropped_lines,
            Ended::Failure(failure) => failure.dropped_lines,
            _ => 0,
        };
        let mut log: Vec<String> = log
            .into_iter()
            .map(|line| self.redaction.apply(line))
            .collect();
        if dropped_lines > 0 {
            log.push(format!("({dropped_lines} more lines did not fit)"));
        }
        match self.response(ended) {
            Ok(response) => Ok(ScriptReply { response, log }),
            Err(failure) => Err(HookFailure { log, ..failure }),
        }
    }

    fn response(&self, ended: Ended) -> Result<Map<String, Value>, HookFailure> {
        match ended {
            Ended::Result { body, .. } => reply::response(&body)
                .map_err(|failure| self.say(failure.class, 0, 0, &failure.message)),
            Ended::Failure(failure) => Err(self.reported(&failure)),
            Ended::TimedOut => Err(self.say(
                FailureClass::ScriptTimeout,
                0,
                0,
                &self.out_of_time("it was ended from outside"),
            )),
            other => {
                let (class, message) = death(&other);
                Err(self.say(class, 0, 0, &message))
            }
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

    fn reported(&self, failure: &FailureHeader) -> HookFailure {
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
            // Some microseconds of it have passed since the caller chose a round number.
            (self.budget.as_secs_f64() * 1000.0).round()
        )
    }

    /// Hook, version, place, message and source line.
    fn say(&self, class: FailureClass, line: u32, column: u32, message: &str) -> HookFailure {
        let name = self.hook.name.as_str();
        let file = self.script.file.as_deref().unwrap_or(name).to_owned();
        // By itself first: where it was cut is at its end, not at the end of the whole.
        let message = self.redaction.apply(message.to_owned());
        let diagnostic = ScriptDiagnostic::new(file, &self.script.source, line, column, message);
        let text = format!("hook `{name}` version {}: {diagnostic}", self.hook.version);
        // The lines are ours by now; the source that one of them quotes is not.
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

pub(crate) fn source_too_long(length: usize) -> String {
    format!("the source is {length} bytes, at most {SOURCE_LIMIT} are accepted")
}

/// What it means that a child is gone without a result.
pub(crate) fn death(ended: &Ended) -> (FailureClass, String) {
    match ended {
        Ended::Died(Exit::Signal(libc::SIGABRT)) => (
            FailureClass::ScriptMemory,
            "out of memory: an allocation outside the engine failed".to_owned(),
        ),
        Ended::Died(Exit::Signal(libc::SIGXCPU)) => (
            FailureClass::ScriptTimeout,
            "out of processor time".to_owned(),
        ),
        Ended::Died(Exit::Signal(libc::SIGSYS)) => (
            FailureClass::ScriptCrash,
            "the sandbox process was ended because it made a forbidden system call".to_owned(),
        ),
        Ended::Died(Exit::Signal(signal)) => (
            FailureClass::ScriptCrash,
            format!("the sandbox process was ended by signal {signal}"),
        ),
        Ended::Died(Exit::Status(UNCONFINED)) => (
            FailureClass::SandboxUnavailable,
            "the sandbox process could not confine itself: this system refuses a filter or a limit"
                .to_owned(),
        ),
        Ended::Died(Exit::Status(PANICKED)) => (
            FailureClass::ScriptCrash,
            "the sandbox process panicked: that is a fault of the sandbox".to_owned(),
        ),
        Ended::Died(Exit::Status(status)) => (
            FailureClass::ScriptCrash,
            format!("the sandbox process left with status {status} and no result"),
        ),
        Ended::Nonsense(message) => (
            FailureClass::ScriptCrash,
            format!("the sandbox process broke the protocol: {message}"),
        ),
        _ => (
            FailureClass::ScriptCrash,
            "the sandbox process is gone without a result".to_owned(),
        ),
    }
}
