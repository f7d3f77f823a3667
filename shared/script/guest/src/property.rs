//! Reads properties of thrown values. Values are the script's: reading them may run its code and fail.

use hookpoint_script_protocol::MESSAGE_LIMIT;
use rquickjs::{Ctx, Value};

use super::cut::truncate;

/// A readable property that is a string, cut.
pub(crate) fn property(ctx: &Ctx<'_>, thrown: &Value<'_>, name: &str) -> Option<String> {
    let object = thrown.as_object()?;
    let Ok(value) = object.get::<_, Value<'_>>(name) else {
        // A getter threw: its exception must not be mistaken for another.
        ctx.catch();
        return None;
    };
    beginning(value)
}

/// The text of a string, cut. Copies no more than that: the whole may fill the memory.
pub(crate) fn beginning(value: Value<'_>) -> Option<String> {
    /// Maximum length of a character in UTF-8, in bytes.
    const CHARACTER: usize = 4;
    let ctx = value.ctx().clone();
    let Ok(whole) = value.into_string()?.to_cstring() else {
        ctx.catch();
        return None;
    };
    // Half of a surrogate pair is no character.
    let whole: &[u8] = whole.as_ref();
    let kept = &whole[..whole.len().min(MESSAGE_LIMIT + CHARACTER)];
    let mut text = String::from_utf8_lossy(kept).into_owned();
    truncate(&mut text, MESSAGE_LIMIT);
    Some(text)
}
