//! The command that resumes a suspended event, with sample answers to its questions.

use hookpoint_devserver::DEFAULT_RECEIVER_PORT;
use serde_json::{Map, Value, json};

use super::Trigger;
use crate::{context::Context, env, shell};

/// The answer to a question for a date, unless its validator excludes it.
const SAMPLE_DATE: &str = "2026-01-31";

/// The command, if the response suspends the event.
pub(super) fn command(
    trigger: &Trigger,
    context: &Context,
    receiver_port: Option<u16>,
    response: &Map<String, Value>,
) -> Option<String> {
    response.get("continuation")?.as_str()?;
    let mut words = vec![
        shell::quote(&env::program()),
        "trigger".to_owned(),
        trigger.stage.name(),
    ];
    let mut option = |name: &str, value: &str| {
        words.push(format!("--{name}"));
        words.push(shell::quote(value));
    };
    if context.is_named {
        option("workspace", &context.source.path().display().to_string());
    }
    if let Some(event) = &trigger.event {
        option("event", &event.display().to_string());
    }
    if let Some(application) = &trigger.application {
        option("application", application.as_str());
    }
    // The pass pins hook versions, and so the port they post to.
    if let Some(port) = receiver_port.filter(|port| *port != DEFAULT_RECEIVER_PORT) {
        option("receiver-port", &port.to_string());
    }
    option("continue-context", &answers(response).to_string());
    words.push("--continue".to_owned());
    Some(words.join(" "))
}

/// Sample answers to the first step, or sample parameters of a redirect's return.
fn answers(response: &Map<String, Value>) -> Value {
    let Some(step) = response
        .get("profilingSteps")
        .and_then(|steps| steps.get(0))
    else {
        return json!({ "status": "done" });
    };
    let fields = step["fields"].as_array().into_iter().flatten();
    let values: Map<String, Value> = fields
        .filter_map(|field| Some((field["id"].as_str()?.to_owned(), answer(field)?)))
        .collect();
    json!({ "stepId": step["id"], "values": values })
}

fn answer(field: &Value) -> Option<Value> {
    let options = field["options"].as_array();
    let first = options.and_then(|options| options.first()).map(|option| {
        let value = option.get("value").unwrap_or(option);
        value.clone()
    });
    match field["type"].as_str()? {
        "static" => None,
        "checkbox" => Some(Value::Bool(true)),
        "date" => Some(date(&field["validator"]).into()),
        "phone" => Some("+15550100199".into()),
        "passcode" => Some("123456".into()),
        "select" => first,
        "multiSelect" => first.map(|value| json!([value])),
        _ => Some("Example".into()),
    }
}

/// A date within `notBefore` and `notAfter`, as far as they begin like `2026-01-31`.
fn date(validator: &Value) -> String {
    let bound = |name: &str| {
        let text = validator[name].as_str()?.get(..SAMPLE_DATE.len())?;
        let is_date = text.char_indices().all(|(index, character)| match index {
            4 | 7 => character == '-',
            _ => character.is_ascii_digit(),
        });
        is_date.then_some(text)
    };
    // Dates in this form are ordered like text.
    let mut date = SAMPLE_DATE;
    if let Some(latest) = bound("notAfter") {
        date = date.min(latest);
    }
    if let Some(earliest) = bound("notBefore") {
        date = date.max(earliest);
    }
    date.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_date_obeys_its_validator() {
        for (validator, expected) in [
            (json!(null), "2026-01-31"),
            (json!({ "notAfter": "2010-11-28" }), "2010-11-28"),
            (json!({ "notBefore": "2027-03-01T00:00:00Z" }), "2027-03-01"),
            (
                json!({ "notBefore": "1900-01-01", "notAfter": "2030-01-01" }),
                "2026-01-31",
            ),
            (
                json!({ "notAfter": "today", "notBefore": "ünïcodeö" }),
                "2026-01-31",
            ),
        ] {
            assert_eq!(date(&validator), expected, "{validator}");
        }
    }

    #[test]
    fn every_kind_of_question_gets_an_answer_of_its_kind() {
        let field = |kind: &str| json!({ "id": kind, "type": kind, "label": "?", "options": [{ "value": "a", "label": "A" }] });
        let kinds = [
            "text",
            "checkbox",
            "date",
            "phone",
            "password",
            "passcode",
            "select",
            "multiSelect",
            "static",
        ];
        let fields: Vec<_> = kinds.into_iter().map(field).collect();
        let response = json!({ "profilingSteps": [{ "id": "s", "fields": fields }] });
        assert_eq!(
            answers(response.as_object().unwrap()),
            json!({
                "stepId": "s",
                "values": {
                    "text": "Example", "checkbox": true, "date": "2026-01-31", "phone": "+15550100199",
                    "password": "Example", "passcode": "123456", "select": "a", "multiSelect": ["a"],
                },
            })
        );
    }
}
