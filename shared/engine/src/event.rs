//! Events: parsed and checked against their stage, otherwise unchanged.

pub(crate) mod arrival;
pub mod error_code;
pub mod header;
pub mod header_names;
pub mod idempotency;
pub mod ingest;
pub mod json;
pub mod late_responses;
pub mod problem;
pub mod route;
pub mod subject;
#[cfg(test)]
mod tests;

use std::fmt;

use hookpoint_stages::{Effect, Stage};
use serde_json::{Map, Value};

use crate::{
    application::condition::at_path,
    event::{error_code::ErrorCode, json::JsonError, problem::Problem},
    hook::effects::Effects,
    pass::merge::apply_patch,
};

/// Maximum size of an event body, in bytes.
pub const BODY_LIMIT: usize = 256 * 1024;

/// An event of a stage. Keeps unknown fields, the order of members and the digits of numbers.
#[derive(Clone, PartialEq)]
pub struct Event {
    stage: Stage,
    body: Map<String, Value>,
    continuation: Option<String>,
}

impl fmt::Debug for Event {
    /// Shows the stage only: a body can hold passwords.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Event {
    /// Parses a body and checks it against the stage.
    pub fn parse(stage: Stage, bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > BODY_LIMIT {
            return Err(too_large());
        }
        if json::without_byte_order_mark(bytes).is_empty() {
            return Err(Problem::new(
                ErrorCode::InvalidJson,
                "the body is empty; an event is a JSON object",
            ));
        }
        let body = json::read_object(bytes).map_err(|error| not_read(&error))?;
        Self::check(stage, body)
    }

    fn check(stage: Stage, mut body: Map<String, Value>) -> Result<Self, Problem> {
        match body.get("eventType") {
            Some(Value::String(id)) if id == stage.id() => {}
            Some(Value::String(id)) => {
                let id: String = id.chars().take(64).collect();
                let detail = format!("`eventType` is `{id}`, but the route is that of `{stage}`");
                return Err(Problem::new(ErrorCode::EventTypeMismatch, detail));
            }
            Some(_) => return Err(invalid(format!("`eventType` must be the string `{stage}`"))),
            None => {
                return Err(invalid(format!(
                    "`eventType` is missing; it must be `{stage}`"
                )));
            }
        }
        for field in stage.fields() {
            // Null counts as absent: hosts that serialise whole records send it.
            match at_path(&body, field.path) {
                Some(value) if !value.is_null() && !field.shape.accepts(value) => {
                    return Err(invalid(format!(
                        "`{}` must be {}",
                        field.path,
                        field.shape.description()
                    )));
                }
                None | Some(Value::Null) if field.required => {
                    return Err(invalid(format!(
                        "`{}` is missing; it must be {}",
                        field.path,
                        field.shape.description()
                    )));
                }
                _ => {}
            }
        }
        let continuation = match body.shift_remove("continuation") {
            None | Some(Value::Null) => None,
            Some(Value::String(token)) => Some(token),
            Some(_) => return Err(invalid("`continuation` must be a string")),
        };
        Ok(Self {
            stage,
            body,
            continuation,
        })
    }

    /// The stage.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The body, without the continuation token.
    pub fn body(&self) -> &Map<String, Value> {
        &self.body
    }

    /// The continuation token sent with the event.
    pub fn continuation(&self) -> Option<&str> {
        self.continuation.as_deref()
    }

    /// The subject a continuation of this event belongs to, in canonical form; `None` when the event names no subject.
    pub fn subject(&self) -> Option<String> {
        self.stage.definition().subject.iter().find_map(|path| {
            // A path may consist of several, joined by `+`, all of which must be present.
            let parts = path.split('+').map(|part| {
                let value = at_path(&self.body, part).filter(|value| names_a_subject(value))?;
                Some(format!("{part}={}", canonical(value)))
            });
            Some(parts.collect::<Option<Vec<_>>>()?.join("&"))
        })
    }

    /// The body as a hook sees it: with the effects so far, and without answers to a continuation unless this hook
    /// asked for them.
    pub fn seen_with(&self, effects: &Effects, resumed: bool) -> Map<String, Value> {
        let mut body = self.body.clone();
        if let Some(context) = effects.get(Effect::Context) {
            apply_patch(body.entry("context").or_insert(Value::Null), context);
        }
        if let Some(patch) = effects.get(Effect::Attributes) {
            let customer = body.entry("customer").or_insert(Value::Null);
            if !customer.is_object() {
                *customer = Value::Object(Map::new());
            }
            apply_patch(&mut customer["attributes"], patch);
        }
        if let Some(session) = effects.get(Effect::Session) {
            body.insert("session".to_owned(), session.clone());
        }
        if !resumed && let Some(answers) = body.get_mut("continueContext") {
            *answers = Value::Null;
        }
        body
    }
}

fn names_a_subject(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Number(_) => true,
        _ => false,
    }
}

/// JSON with object members sorted by name, so that equal values give equal texts.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(canonical).collect::<Vec<_>>().join(",")
        ),
        scalar => scalar.to_string(),
    }
}

/// The total size is unknown: reading stops at the limit.
pub(crate) fn too_large() -> Problem {
    let detail = format!("the body is larger than {BODY_LIMIT} bytes");
    Problem::new(ErrorCode::PayloadTooLarge, detail)
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::InvalidEvent, detail)
}

/// Gives the place and the cause without quoting the body, which can hold passwords.
fn not_read(error: &JsonError) -> Problem {
    let detail = match error {
        JsonError::NotAnObject => return invalid("the body must be a JSON object"),
        JsonError::Repeated(_, position) => {
            format!("the body has an object with the same member twice at {position}")
        }
        error => format!("the body {error}"),
    };
    Problem::new(ErrorCode::InvalidJson, detail)
}
