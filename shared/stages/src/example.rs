//! Complete example bodies, composed from the examples of the fields.

use serde_json::{Map, Value};

use crate::{
    Stage,
    definition::{Family, Field, ModeRule},
    fields::{CONTINUATION_ENVELOPE, CONVERSATION_ENVELOPE, IDENTITY_ENVELOPE},
};

impl Stage {
    /// The fields of this stage's events: the envelope, then the stage's own input.
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        let definition = self.definition();
        let envelope: [&[Field]; 2] = match (definition.family, definition.mode) {
            (Family::Conversation, _) => [CONVERSATION_ENVELOPE, &[]],
            (Family::Identity, ModeRule::AsynchronousOnly) => [IDENTITY_ENVELOPE, &[]],
            (Family::Identity, _) => [IDENTITY_ENVELOPE, CONTINUATION_ENVELOPE],
        };
        envelope.into_iter().flatten().chain(definition.input)
    }

    /// A realistic, complete event body of this stage.
    pub fn example(self) -> Value {
        let mut body = Map::new();
        body.insert("eventType".to_owned(), Value::from(self.definition().id));
        for field in self.fields() {
            // The catalogue's tests parse every example; an invalid one would be missing here.
            if let Ok(value) = serde_json::from_str(field.example) {
                insert(&mut body, field.path, value);
            }
        }
        Value::Object(body)
    }
}

/// Sets a value at a dotted path, creating the objects on the way.
fn insert(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let child = body
                .entry(head)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(child) = child {
                insert(child, rest, value);
            }
        }
    }
}
