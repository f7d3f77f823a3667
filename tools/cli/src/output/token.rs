//! Continuation tokens, which have hundreds of characters.

use serde_json::{Map, Value};

/// The member of a response with the token.
pub(crate) const TOKEN: &str = "continuation";
/// How much of a token is shown.
const SHOWN: usize = 16;

/// A response with a token that fits a line. What continues the event knows the whole one.
pub(crate) fn shortened(mut response: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::String(token)) = response.get_mut(TOKEN) {
        let length = token.chars().count();
        if length > SHOWN {
            let start: String = token.chars().take(SHOWN).collect();
            *token = format!("{start}… ({length} characters)");
        }
    }
    response
}
