//! Explains the end of a run to the engine and the hook's author.

use std::{borrow::Cow, fmt::Write as _, time::Duration};

use hookpoint_engine::{
    confidential::{
        hide_named_values,
        redaction::{CUT, Redaction, harmless},
    },
    hook::{
        Hook, ScriptHook,
        outcome::{FailureClass, HookFailure},
    },
    ports::ScriptReply,
};
use hookpoint_script_protocol::{
    Failure, FailureKind, Frame, MESSAGE_LIMIT, Rejection, SOURCE_LIMIT,
};
use tokio::time::Instant;

use crate::{
    diagnostic::ScriptDiagnostic,
    lines::Lines,
    machine::{Log, Trap},
    origin::{Origins, names_a_place},
    patterns, reply,
    run_end::RunEnd,
    syntax::is_missing_export,
    trace::{Script, Trace},
};

/// Name of an error after which a delivery is retried.
const RETRYABLE: &str = "RetryableError";
/// How often a log is searched for the pattern that a line tells of.
const LOOKS: usize = 20;

/// Context for explaining how a run ended.
pub(crate) struct Explanation<'a> {
    pub(crate) hook: &'a Hook,
    pub(crate) script: &'a ScriptHook,
    /// Of the script's source.
    pub(crate) lines: Lines<'a>,
    pub(crate) started: Instant,
    pub(crate) budget: Duration,
    /// How long the run waited for a place; `None` if one was free.
    pub(crate) waited: Option<Duration>,
    /// The number of places.
    pub(crate) capacity: usize,
    pub(crate) redaction: Redaction,
    /// Maps places in a bundle to the author's files; `None` without a readable source map.
    pub(crate) origins: Option<&'a Origins<'a>>,
}

impl Explanation<'_> {
    pub(crate) fn reply(&self, end: RunEnd, log: Log) -> Result<ScriptReply, HookFailure> {
        // Looking for a pattern takes a while: a hostile log may have thousands of such messages.
        let mut looks = LOOKS;
        let mut message = None;
        let mut log = log.rewritten(|line| {
            let shown = self.redacted_after(message, line);
            message = patterns::logged(line).filter(|_| looks > 0);
            looks -= usize::from(message.is_some());
            shown
        });
        if let RunEnd::Result(_, rejections) = &end {
            for line in rejections.iter().flat_map(|each| self.warning(each)) {
                log.push(line.as_bytes());
            }
        }
        let mut lines = log.lines;
        if log.dropped_lines > 0 {
            lines.push(format!("({} more lines did not fit)", log.dropped_lines));
        }
        let response = match end {
            RunEnd::Result(body, _) => {
                reply::response(&body).map_err(|failure| self.say(failure.class, &failure.message))
            }
            RunEnd::Failure(failure) => Err(self.reported(&failure)),
            RunEnd::Trapped(Trap::OutOfTime) => Err(self.say(
                FailureClass::ScriptTimeout,
                &self.out_of_time("it was stopped from outside"),
            )),
            RunEnd::Trapped(_) => {
                let (class, message) = explain(&end);
                Err(self.say(class, &message))
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
        self.say(FailureClass::ScriptError, &message)
    }

    /// Retryable: the other runs will have ended.
    pub(crate) fn no_place(&self) -> HookFailure {
        let message = self.wait(self.started.elapsed());
        HookFailure {
            is_retryable: true,
            ..self.say(FailureClass::SandboxUnavailable, &message)
        }
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
                self.out_of_time(&doing(failure)),
            ),
            FailureKind::BadResult => (FailureClass::BadResponse, failure.message.clone()),
            FailureKind::TooLarge => (FailureClass::TooLarge, failure.message.clone()),
            FailureKind::FetchRefused => (FailureClass::EgressRefused, failure.message.clone()),
        };
        let mut message = self.redacted(&message);
        for rejection in &failure.rejections {
            let (said, _) = self.rejected(rejection);
            message.push_str("; unhandled rejection: ");
            message.push_str(&said);
        }
        if message.len() > MESSAGE_LIMIT + CUT.len_utf8() {
            message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
            message.push(CUT);
        }
        let asks_for_retry = class == FailureClass::ScriptError && is_retryable(&failure.message);
        let said = self.say_where(class, &failure.frames, message);
        HookFailure {
            is_retryable: said.is_retryable || asks_for_retry,
            ..said
        }
    }

    fn out_of_time(&self, doing: &str) -> String {
        let mut message = format!(
            "out of time after {} ms of {} ms: {doing}",
            self.started.elapsed().as_millis(),
            // Rounded: some microseconds have passed since the caller chose the budget.
            (self.budget.as_secs_f64() * 1000.0).round()
        );
        if let Some(waited) = self.waited {
            let _ = write!(message, "; before, it {}", self.wait(waited));
        }
        message
    }

    fn wait(&self, waited: Duration) -> String {
        format!(
            "waited {} ms for one of {} places; more memory makes more places",
            waited.as_millis(),
            self.capacity
        )
    }

    /// A failure that names hook, version, file and message.
    fn say(&self, class: FailureClass, message: &str) -> HookFailure {
        self.say_where(class, &[], self.redacted(message))
    }

    /// A failure that names hook, version, place, message, source line and calls. The message is redacted.
    fn say_where(&self, class: FailureClass, frames: &[Frame], message: String) -> HookFailure {
        let name = self.hook.name.as_str();
        let mut diagnostic =
            ScriptDiagnostic::new(self.script(), &self.redacted_frames(frames), message);
        self.redact_quote(&mut diagnostic);
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

    /// Redacts the quoted line as the engine will, and moves the caret with what is before it.
    fn redact_quote(&self, diagnostic: &mut ScriptDiagnostic) {
        let Some(line) = &diagnostic.source_line else {
            return;
        };
        let redacted = |text: String| hide_named_values(self.redaction.apply(text));
        let shown = redacted(line.clone());
        let before = diagnostic
            .caret
            .map(|caret| redacted(line.chars().take(caret).collect()));
        diagnostic.caret = before
            .filter(|before| shown.starts_with(before))
            .map(|before| before.chars().count());
        diagnostic.source_line = Some(shown);
    }

    /// The lines of the log about a rejection that nothing handled.
    fn warning(&self, rejection: &Rejection) -> Vec<String> {
        let (said, calls) = self.rejected(rejection);
        let calls = calls.into_iter().map(|call| format!("  {call}"));
        let first = format!("warn: unhandled rejection: {said}");
        std::iter::once(first)
            .chain(calls)
            .map(|line| self.redaction.apply(line))
            .collect()
    }

    /// What a rejection says and where, and the calls that led to it.
    fn rejected(&self, rejection: &Rejection) -> (String, Vec<String>) {
        let mut said = self.redacted(&rejection.message);
        let trace = Trace::of(&self.redacted_frames(&rejection.frames), self.script());
        if let Some(place) = trace.place {
            let _ = write!(said, " ({})", place.words());
        }
        (said, trace.calls)
    }

    fn script(&self) -> Script<'_> {
        Script {
            file: self
                .script
                .file
                .as_deref()
                .unwrap_or(self.hook.name.as_str()),
            lines: &self.lines,
            is_bundle: self.script.source_map.is_some(),
            origins: self.origins,
        }
    }

    /// A text of the script with the author's places. Redacted before it becomes part of another, so that a secret that
    /// is cut off at its end is recognised.
    fn redacted(&self, text: &str) -> String {
        self.redacted_after(None, text)
    }

    /// As [`Self::redacted`], for a line after one with such a message about a pattern.
    fn redacted_after(&self, message: Option<&str>, text: &str) -> String {
        let text = if names_a_place(text) {
            self.script().in_text(text, message)
        } else {
            text.to_owned()
        };
        self.redaction.apply(text)
    }

    fn redacted_frames(&self, frames: &[Frame]) -> Vec<Frame> {
        let redacted = frames.iter().map(|frame| Frame {
            function: self.redaction.apply(frame.function.clone()),
            ..*frame
        });
        redacted.collect()
    }
}

/// What a run did when its time was over. The engine knows the place of the last call, or of the function that began: the loop that runs
/// is there or further down.
fn doing(failure: &Failure) -> Cow<'_, str> {
    let message = &failure.message;
    if failure.frames.is_empty() {
        Cow::Borrowed(message)
    } else {
        Cow::Owned(format!("{message}, here or further down"))
    }
}

/// Whether a script threw an error with the name that asks for a retry. The guest puts the name first.
fn is_retryable(message: &str) -> bool {
    message
        .strip_prefix(RETRYABLE)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        || message
            .strip_prefix("threw a ")
            .is_some_and(|name| name == RETRYABLE)
}

/// Whether a source map could improve the report of this run.
pub(crate) fn has_places(end: &RunEnd, log: &Log) -> bool {
    let is_placed = |message: &str, frames: &[Frame]| {
        !frames.is_empty() || names_a_place(message) || is_missing_export(message)
    };
    let (failed_somewhere, rejections) = match end {
        RunEnd::Failure(failure) => (
            is_placed(&failure.message, &failure.frames),
            failure.rejections.as_slice(),
        ),
        RunEnd::Result(_, rejections) => (false, rejections.as_slice()),
        RunEnd::Trapped(_) => (false, &[][..]),
    };
    let mut rejections = rejections.iter();
    failed_somewhere
        || rejections.any(|each| is_placed(&each.message, &each.frames))
        || log.lines.iter().any(|line| names_a_place(line))
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
        RunEnd::Result(..) => (FailureClass::ScriptCrash, "an unexpected result".to_owned()),
    }
}
