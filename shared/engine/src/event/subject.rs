//! Decides whether an event is about a person, to export or erase what is stored about them.

use std::collections::BTreeSet;

use hookpoint_stages::{Family, Stage};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{application::condition::at_path, hook::hex, identifier::ApplicationId};

/// Maximum number of names of one event that get a key. An identity platform sends an id, a user name and a few
/// identifiers.
const NAMES: usize = 12;
/// Hexadecimal digits of a key: enough that no two names share one.
const DIGITS: usize = 32;

/// Fields of identity events that name the person, in addition to the subject of the stage.
const OF_CUSTOMERS: &[&str] = &["customer.info.userName"];
/// Fields of conversation events that name the person.
const OF_USERS: &[&str] = &["context.userId"];

/// Whether the event names its subject `id`: in a field that identifies the stage's subject, as the user name of the
/// account, or as the user of the conversation. One of several identifiers suffices. A customer of an external provider
/// is `<provider>+<sub>`. Case matters.
pub fn is_about(stage: Stage, body: &Map<String, Value>, id: &str) -> bool {
    paths(stage).any(|path| match path.split_once('+') {
        None => at_path(body, path).is_some_and(|value| has(value, id)),
        Some((provider, subject)) => id.split_once('+').is_some_and(|(of, sub)| {
            let is = |path, id| at_path(body, path).is_some_and(|value| has(value, id));
            is(provider, of) && is(subject, sub)
        }),
    })
}

/// Where the events of a stage name their subject. Two paths with `+` between them are one name.
fn paths(stage: Stage) -> impl Iterator<Item = &'static str> {
    let definition = stage.definition();
    let others = match definition.family {
        Family::Conversation => OF_USERS,
        Family::Identity => OF_CUSTOMERS,
    };
    definition.subject.iter().chain(others).copied()
}

/// A hash of a person's name, for one application: finds runs without storing the name.
///
/// A reader who knows or guesses a name can compute its key, so keys are personal data and are erased with the event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey(String);

impl SubjectKey {
    /// The key of a name.
    pub fn of(application: &ApplicationId, name: &str) -> Self {
        let text = format!("hookpoint subject\0{application}\0{name}");
        let digest = Sha256::digest(text.as_bytes());
        Self(hex(&digest).chars().take(DIGITS).collect())
    }

    /// The keys of the names under which [`is_about`] finds an event, at most twelve.
    pub fn all(
        stage: Stage,
        application: &ApplicationId,
        body: &Map<String, Value>,
    ) -> BTreeSet<Self> {
        let names = paths(stage).flat_map(|path| names_at(body, path));
        names
            .take(NAMES)
            .map(|name| Self::of(application, &name))
            .collect()
    }

    /// The key of the first name, in the order of the stage: an account before its identifiers.
    pub fn first(
        stage: Stage,
        application: &ApplicationId,
        body: &Map<String, Value>,
    ) -> Option<Self> {
        let mut names = paths(stage).flat_map(|path| names_at(body, path));
        names.next().map(|name| Self::of(application, &name))
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The names at a path, or at the two of a pair.
fn names_at(body: &Map<String, Value>, path: &str) -> Vec<String> {
    let at = |path| {
        let mut names = Vec::new();
        if let Some(value) = at_path(body, path) {
            gather(value, &mut names);
        }
        names
    };
    let Some((provider, subject)) = path.split_once('+') else {
        return at(path);
    };
    let subjects = at(subject);
    let pairs = at(provider).into_iter().flat_map(|provider| {
        let subjects = subjects.iter();
        subjects.map(move |subject| format!("{provider}+{subject}"))
    });
    pairs.take(NAMES).collect()
}

/// Adds the non-empty texts and numbers of a value, up to the limit.
fn gather(value: &Value, names: &mut Vec<String>) {
    if names.len() >= NAMES {
        return;
    }
    match value {
        Value::String(text) if !text.is_empty() => names.push(text.clone()),
        Value::Number(number) => names.push(number.as_str().to_owned()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
        Value::Object(members) => members.values().for_each(|value| gather(value, names)),
        Value::String(_) | Value::Null | Value::Bool(_) => {}
    }
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
    fn a_person_is_found_by_each_of_their_names_and_no_other_is() {
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

    #[test]
    fn keys_are_those_of_the_names_and_differ_between_applications() {
        let (shop, bot) = ("shop".parse().unwrap(), "bot".parse().unwrap());
        let all =
            |stage: Stage, body: &Value| SubjectKey::all(stage, &shop, body.as_object().unwrap());
        let of = |names: &[&str]| -> BTreeSet<SubjectKey> {
            let keys = names.iter().map(|name| SubjectKey::of(&shop, name));
            keys.collect()
        };
        let identity = Stage::BeforeRegistration;
        let account = json!({
            "customer": {
                "info": {"id": "acc-1", "userName": "ada@example.com"},
                "identifiers": {"email": "ada@example.com", "phones": ["+1555", 17, "", null]},
                "attributes": {"note": "acc-2"},
            },
            "provider": {"id": "google"}, "externalClaims": {"sub": "77"},
        });
        let names = ["acc-1", "ada@example.com", "+1555", "17", "google+77"];
        assert_eq!(all(identity, &account), of(&names));
        for name in names {
            assert!(is_about(identity, account.as_object().unwrap(), name));
        }
        let conversation = json!({"context": {"conversationId": "c-1", "userId": "u-1"}});
        assert_eq!(all(Stage::Escalation, &conversation), of(&["c-1", "u-1"]));
        assert_eq!(all(identity, &json!({"customer": null})), of(&[]));
        let key = SubjectKey::of(&shop, "acc-1");
        assert_ne!(key, SubjectKey::of(&bot, "acc-1"));
        assert_eq!(key.as_str().len(), DIGITS);
        assert!(key.as_str().bytes().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn an_event_with_very_many_names_gets_a_few_keys() {
        let many: Vec<_> = (0..10_000).map(|number| number.to_string()).collect();
        let body = json!({
            "customer": {"identifiers": many}, "provider": {"id": many}, "externalClaims": {"sub": many},
        });
        let keys = SubjectKey::all(
            Stage::BeforeRegistration,
            &"shop".parse().unwrap(),
            body.as_object().unwrap(),
        );
        assert_eq!(keys.len(), NAMES);
    }
}
