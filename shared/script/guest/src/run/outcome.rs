//! The outcome of a run: its response or its failure.

use hookpoint_script_protocol::{Failure, FailureKind, Frame, Rejection};
use rquickjs::Value;

use super::{RESPONSE_LIMIT, Turn, well_formed};
use crate::{
    frames::frames,
    imports,
    interpreter::use_memory_reserve,
    stack::stack_of,
    thrown::{describe, engine_failure, failure},
};

impl<'js> Turn<'_, 'js> {
    /// The response as JSON. The built-in code has checked that it is plain. A veto stands where the rest is too large.
    pub(super) fn response(&self, value: Value<'js>) -> Result<String, Failure> {
        let failure = match self.json(value.clone()) {
            Ok(text) => return Ok(text),
            Err(failure) => failure,
        };
        if !matches!(failure.kind, FailureKind::TooLarge | FailureKind::Memory) {
            return Err(failure);
        }
        if failure.kind == FailureKind::Memory {
            use_memory_reserve(self.ctx);
        }
        let vetoes = self
            .interpreter
            .entry
            .to_vetoes
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, Value<'js>>((value, failure.message.as_str())));
        match vetoes {
            Ok(vetoes) if vetoes.is_undefined() => Err(failure),
            Ok(vetoes) => self.json(vetoes),
            Err(_) => {
                self.ctx.catch();
                Err(failure)
            }
        }
    }

    fn json(&self, value: Value<'js>) -> Result<String, Failure> {
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
            .to_cstring()
            .map_err(|_| self.unserialisable(&rquickjs::Error::Exception))?;
        // A surrogate's escape may be replaced by half as many bytes. Rust's memory is not the script's and has room for
        // no more than this.
        if text.len() > 2 * RESPONSE_LIMIT {
            return Err(too_large(text.len()));
        }
        let text = String::from_utf8_lossy(text.as_str().as_bytes()).into_owned();
        let text = well_formed::well_formed(text);
        if text.len() > RESPONSE_LIMIT {
            return Err(too_large(text.len()));
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
        engine_failure(self.ctx, self.host(), error)
    }

    /// Describes a thrown value. Refused requests and invalid results keep their kinds.
    pub(super) fn described(&self, thrown: &Value<'js>) -> Failure {
        let mut failure = describe(self.ctx, self.host(), thrown);
        if failure.frames.is_empty() {
            failure.frames = self.frames_of_request(thrown);
        }
        if failure.kind != FailureKind::Threw {
            return failure;
        }
        match self.kind_of(thrown).as_deref() {
            Some("refused") => failure.kind = FailureKind::FetchRefused,
            Some("bad-result") => {
                failure.kind = FailureKind::BadResult;
                // The place is in the built-in code.
                failure.frames.clear();
                if let Some((_, text)) = failure.message.split_once(": ") {
                    failure.message = text.to_owned();
                }
            }
            _ => {}
        }
        failure
    }

    /// The calls that led to the request that was aborted with a thrown value: the value may be from a timer.
    fn frames_of_request(&self, thrown: &Value<'js>) -> Vec<Frame> {
        let made = self
            .interpreter
            .entry
            .request_of
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, Value<'js>>((thrown.clone(),)));
        let Ok(made) = made else {
            self.ctx.catch();
            return Vec::new();
        };
        stack_of(self.ctx, &made).map_or_else(Vec::new, |stack| frames(&stack))
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

    /// The rejections that nothing handled, apart from the one that `failure` reports.
    pub(super) fn unhandled(&self, failure: Option<&Failure>) -> Vec<Rejection> {
        let reasons = self.interpreter.rejections.take(self.ctx);
        let described = reasons.iter().map(|reason| self.described(reason));
        described
            .filter(|described| failure.is_none_or(|failure| !is_same(failure, described)))
            .map(|described| Rejection {
                message: described.message,
                frames: described.frames,
            })
            .collect()
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

fn too_large(length: usize) -> Failure {
    failure(
        FailureKind::TooLarge,
        format!("the response is {length} bytes, at most {RESPONSE_LIMIT} are accepted"),
    )
}

/// Whether one failure says what the other does.
fn is_same(left: &Failure, right: &Failure) -> bool {
    left.message.contains(&right.message) || right.message.contains(&left.message)
}
