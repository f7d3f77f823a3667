//! Cuts texts of the script.

/// Cuts a text to at most `limit` bytes, between characters, and adds an ellipsis.
pub(crate) fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
}
