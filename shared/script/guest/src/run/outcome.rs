//! The outcome of a run: its response or its failure.

use hookpoint_script_protocol::{Failure, FailureKind, MESSAGE_LIMIT};
use rquickjs::Value;

use super::{RESPONSE_LIMIT, Turn, well_formed};
use crate::{
    compile::extra_lines,
    imports,
    thrown::{describe, engine_failure, failure, truncate},
};

impl<'js> Turn<'_, 'js> {
    /// The response as JSON. The built-in code has checked that it is plain.
    pub(super) fn response(&self, value: Value<'js>) -> Result<String, Failure> {
        let text = self
            .ctx
            .json_stringify(value)
            .map_err(|error| self.unserialisable(&error))?
            .ok_or_else(|| {
                failure(
                    FailureKind::BadResult,
                    "the hook's response has no JSON form",
                )
            })?
            .to_string()
            .map_err(|error| self.unserialisable(&error))?;
        let text = well_formed::well_formed(text);
        if text.len() > RESPONSE_LIMIT {
            return Err(failure(
                FailureKind::TooLarge,
                format!(
                    "the response is {} bytes, at most {RESPONSE_LIMIT} are accepted",
                    text.len()
                ),
            ));
        }
        Ok(text)
    }

    /// The failure of writing a response as JSON.
    pub(super) fn unserialisable(&self, error: &rquickjs::Error) -> Failure {
        let mut failure = self.failed(error);
        if failure.kind == FailureKind::Threw {
            failure.kind = FailureKind::BadResult;
            failure.message = format!("the response has no JSON form: {}", failure.message);
        }
        failure
    }

    pub(super) fn failed(&self, error: &rquickjs::Error) -> Failure {
        if matches!(error, rquickjs::Error::Exception) {
            return self.described(&self.ctx.catch());
        }
        engine_failure(self.ctx, self.host(), error, extra_lines(self.code.form()))
    }

    /// Describes a thrown value. Refused requests and invalid results keep their kinds.
    pub(super) fn described(&self, thrown: &Value<'js>) -> Failure {
        let extra_lines = extra_lines(self.code.form());
        let mut failure = describe(self.ctx, self.host(), thrown, extra_lines);
        if failure.kind != FailureKind::Threw {
            return failure;
        }
        match self.kind_of(thrown).as_deref() {
            Some("refused") => failure.kind = FailureKind::FetchRefused,
            Some("bad-result") => {
                failure.kind = FailureKind::BadResult;
                // The place is in the built-in code.
                failure.line = 0;
                failure.column = 0;
                if let Some((_, text)) = failure.message.split_once(": ") {
                    failure.message = text.to_owned();
                }
            }
            _ => {}
        }
        failure
    }

    /// The kind that the built-in code gave a thrown value.
    pub(super) fn kind_of(&self, thrown: &Value<'js>) -> Option<String> {
        let kind = self
            .interpreter
            .entry
            .kind_of_error
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, Option<String>>((thrown.clone(),)));
        kind.unwrap_or_else(|_| {
            self.ctx.catch();
            None
        })
    }

    /// Reports unhandled rejections: in the failure if there is one, else in the log.
    pub(super) fn name_rejections(&self, failure: Option<&mut Failure>) {
        let reasons = self.interpreter.rejections.take(self.ctx);
        let texts: Vec<String> = reasons
            .iter()
            .map(|reason| self.described(reason))
            .map(|described| match described.line {
                0 => described.message,
                line => format!("{} (line {line})", described.message),
            })
            .collect();
        let Some(failure) = failure else {
            for text in texts {
                imports::write_log(&format!("warn: unhandled rejection: {text}"));
            }
            return;
        };
        for text in texts {
            if !failure.message.contains(&text) && !text.contains(&failure.message) {
                failure.message.push_str("; unhandled rejection: ");
                failure.message.push_str(&text);
            }
        }
        truncate(&mut failure.message, MESSAGE_LIMIT);
    }

    /// Logs requests that the end of the run cuts off.
    pub(super) fn name_unfinished(&self) {
        for request in self.host().requests.borrow().descriptions() {
            imports::write_log(&format!(
                "warn: the run ended before {request} was answered; await it"
            ));
        }
    }
}
