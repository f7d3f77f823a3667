//! A profile in two steps: each call checks the answered step and returns the next one, at the end the attributes.

use axum::Json;
use serde_json::{Map, Value, json};

const ROLES: [&str; 3] = ["owner", "buyer", "other"];
const INTERESTS: [&str; 4] = ["garden", "kitchen", "tools", "toys"];

pub(super) async fn answer(Json(event): Json<Value>) -> Json<Value> {
    Json(respond(&event))
}

/// The first call has no `continueContext`. The answers of the first step travel to the last call in `session`.
fn respond(event: &Value) -> Value {
    let session = event["session"].as_object().cloned().unwrap_or_default();
    let answers = &event["continueContext"]["values"];
    match event["continueContext"]["stepId"].as_str() {
        Some("company") => after_company(session, answers),
        Some("interests") => after_interests(session, answers),
        _ => ask(company_step(None), session),
    }
}

fn after_company(mut session: Map<String, Value>, answers: &Value) -> Value {
    let name = answers["name"].as_str().map(str::trim).unwrap_or_default();
    let role = answers["role"].as_str().unwrap_or_default();
    if name.chars().count() < 2 || !ROLES.contains(&role) {
        let hint = "Please give a name of at least two letters and choose a role.";
        return ask(company_step(Some(hint)), session);
    }
    let company = json!({ "name": name, "role": role });
    session.insert("profile".to_owned(), json!({ "company": company }));
    ask(interests_step(), session)
}

fn after_interests(mut session: Map<String, Value>, answers: &Value) -> Value {
    let Some(company) = session
        .remove("profile")
        .and_then(|mut profile| profile.get_mut("company").map(Value::take))
    else {
        // The host lost the session: start again rather than store half a profile.
        return ask(company_step(None), session);
    };
    let chosen = answers["interests"].as_array().into_iter().flatten();
    let interests: Vec<_> = chosen
        .filter_map(Value::as_str)
        .filter(|interest| INTERESTS.contains(interest))
        .collect();
    let newsletter = answers["newsletter"].as_bool().unwrap_or_default();
    json!({
        "attributes": {
            "company": company,
            "interests": interests,
            "preferences": { "newsletter": newsletter },
        },
        "session": session,
    })
}

fn ask(step: Value, session: Map<String, Value>) -> Value {
    json!({ "profilingSteps": [step], "session": session })
}

fn company_step(hint: Option<&str>) -> Value {
    let mut fields = vec![
        json!({ "id": "name", "label": "Company", "type": "text", "required": true, "validator": { "minLength": 2, "maxLength": 80 } }),
        json!({ "id": "role", "label": "Your role", "type": "select", "required": true, "options": ROLES }),
    ];
    if let Some(hint) = hint {
        fields.insert(0, json!({ "id": "hint", "label": hint, "type": "static" }));
    }
    json!({ "id": "company", "title": "Your company", "fields": fields })
}

fn interests_step() -> Value {
    json!({
        "id": "interests",
        "title": "What you are interested in",
        "fields": [
            { "id": "interests", "label": "Interests", "type": "multiSelect", "options": INTERESTS },
            { "id": "newsletter", "label": "Send me the newsletter", "type": "checkbox" },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(step: &str, values: Value, session: Value) -> Value {
        json!({ "continueContext": { "stepId": step, "values": values }, "session": session })
    }

    #[test]
    fn incomplete_answers_are_asked_again_and_a_lost_session_starts_again() {
        let again = respond(&event(
            "company",
            json!({ "name": "A", "role": "owner" }),
            json!({ "cart": 1 }),
        ));
        assert_eq!(again["profilingSteps"][0]["id"], "company");
        assert_eq!(again["profilingSteps"][0]["fields"][0]["type"], "static");
        assert_eq!(again["session"], json!({ "cart": 1 }));
        let lost = respond(&event("interests", json!({}), json!({})));
        assert_eq!(lost["profilingSteps"][0]["id"], "company");
        for hostile in [
            json!([]),
            json!({ "continueContext": "x", "session": [] }),
            Value::Null,
        ] {
            assert_eq!(respond(&hostile)["profilingSteps"][0]["id"], "company");
        }
    }

    #[test]
    fn what_others_keep_in_the_session_survives_the_steps() {
        let second = respond(&event(
            "company",
            json!({ "name": "Moser", "role": "buyer" }),
            json!({ "cart": 1 }),
        ));
        let last = respond(&event(
            "interests",
            json!({ "interests": ["tools", "weapons"], "newsletter": true }),
            second["session"].clone(),
        ));
        assert_eq!(last["session"], json!({ "cart": 1 }));
        assert_eq!(
            last["attributes"],
            json!({
                "company": { "name": "Moser", "role": "buyer" },
                "interests": ["tools"],
                "preferences": { "newsletter": true },
            })
        );
    }
}
