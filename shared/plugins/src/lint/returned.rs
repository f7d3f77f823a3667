//! The members of objects that functions return, in whatever way they are written.

/// The names of the members of each object after `return` or `=>`: written out, in quotes, or as shorthand.
pub(super) fn members(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in ["return", "=>"] {
        for (start, _) in source.match_indices(word) {
            let rest = source[start + word.len()..].trim_start();
            let rest = rest.strip_prefix('(').map_or(rest, str::trim_start);
            if let Some(object) = rest.strip_prefix('{') {
                found.extend(of_object(object));
            }
        }
    }
    found
}

/// The names of an object's own members; `text` begins after its brace. Of a function's body, which looks alike, nothing is a name.
fn of_object(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut depth, mut quote, mut start) = (0_u32, None, 0);
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '{' | '[' | '(') => depth += 1,
            (None, '}') if depth == 0 => {
                names.extend(name(&text[start..place]));
                return names;
            }
            (None, '}' | ']' | ')') => depth = depth.saturating_sub(1),
            // A statement: it is no object.
            (None, ';') if depth == 0 => return Vec::new(),
            (None, ',') if depth == 0 => {
                names.extend(name(&text[start..place]));
                start = place + 1;
            }
            _ => {}
        }
    }
    Vec::new()
}

/// The name of a member: what stands before its colon, or all of it.
fn name(member: &str) -> Option<&str> {
    let before = member.split(':').next().unwrap_or(member).trim();
    let name = before.trim_matches(['"', '\'']);
    let is_name = !name.is_empty() && name.chars().all(|one| one.is_ascii_alphanumeric());
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_however_they_are_written() {
        for (source, expected) in [
            (
                "return { skip: true, nextStep: \"x\" };",
                vec!["skip", "nextStep"],
            ),
            ("return { redirect };", vec!["redirect"]),
            ("return { \"deny\": { error: `a, ${b}` } };", vec!["deny"]),
            ("const f = (a) => ({ deny, ...rest });", vec!["deny"]),
            ("const f = (a) => { const deny = 1; return deny; };", vec![]),
            (
                "return { a: \"} , skip: \\\" }\", b: [c, { d: 1 }] };",
                vec!["a", "b"],
            ),
            ("return {", vec![]),
            ("return undefined;", vec![]),
        ] {
            assert_eq!(members(source), expected, "{source}");
        }
    }
}
