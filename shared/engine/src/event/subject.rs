//! Whether an event is about a person, for those who ask what is stored about them.

use hookpoint_stages::{Family, Stage};
use serde_json::{Map, Value};

use crate::application::condition::at_path;

/// Names of the person in events of an identity platform, beside the subject of the stage.
const OF_CUSTOMERS: &[&str] = &["customer.info.userName"];
/// Those in events of a conversation.
const OF_USERS: &[&str] = &["context.userId"];

/// Whether a name of the subject is `id`: one of the fields by which the stage knows its subject, the user name of the account, or the
/// user of the conversation. Of several identifiers one suffices. A customer of an external provider is `<provider>+<sub>`. Letters
/// must have the same case.
pub fn is_about(stage: Stage, body: &Map<String, Value>, id: &str) -> bool {
    let definition = stage.definition();
    let others = match definition.family {
        Family::Conversation => OF_USERS,
        Family::Identity => OF_CUSTOMERS,
    };
    let mut paths = definition.subject.iter().chain(others);
    paths.any(|path| match path.split_once('+') {
        None => at_path(body, path).is_some_and(|value| has(value, id)),
        Some((provider, subject)) => id.split_once('+').is_some_and(|(of, sub)| {
            let is = |path, id| at_path(body, path).is_some_and(|value| has(value, id));
            is(provider, of) && is(subject, sub)
        }),
    })
}

fn has(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Number(number) => number.as_str() == id,
        Value::Array(items) => items.iter().any(|item| has(item, id)),
        Value::Object(members) => members.values().any(|value| has(value, id)),
        Value::Null | Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(stage: Stage, body: &Value, id: &str) -> bool {
        is_about(stage, body.as_object().unwrap(), id)
    }

    #[test]
    fn a_person_is_found_by_each_of_their_names_and_nobody_else_is() {
        let identity = Stage::BeforeRegistration;
        let account = json!({"customer": {"info": {"id": "acc-1", "userName": "ada@example.com"}, "attributes": {"note": "acc-2"}}});
        assert!(about(identity, &account, "acc-1"));
        assert!(about(identity, &account, "ada@example.com"));
        assert!(
            !about(identity, &account, "acc-2"),
            "not a name of the subject"
        );
        assert!(!about(identity, &account, "acc-"));
        let form = json!({"customer": {"identifiers": {"email": "ada@example.com", "phones": ["+1555", 17]}}});
        for id in ["ada@example.com", "+1555", "17"] {
            assert!(about(identity, &form, id), "{id}");
        }
        let external = json!({"provider": {"id": "google"}, "externalClaims": {"sub": "77"}});
        assert!(about(identity, &external, "google+77"));
        for id in ["google", "77", "google+7", "other+77", "+"] {
            assert!(!about(identity, &external, id), "{id}");
        }
        let conversation = json!({"context": {"conversationId": "c-1", "userId": "+15550100199", "languageCode": "en"}});
        assert!(about(Stage::Escalation, &conversation, "c-1"));
        assert!(about(Stage::Escalation, &conversation, "+15550100199"));
        assert!(!about(Stage::Escalation, &conversation, "en"));
        assert!(!about(identity, &json!({"customer": null}), ""));
    }
}
