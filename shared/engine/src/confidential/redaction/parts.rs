//! The parts of a secret URL, which is a secret as a whole: an endpoint repeats its path or a parameter, and not the host.

use url::Url;

/// A path of so many parts is taken for one that names its owner.
const PARTS: usize = 3;

/// The parts of a value that is an http or https URL; none of any other. Words such as `customers` or `production` are none: they would
/// be replaced everywhere.
pub(super) fn of(value: &str) -> Vec<String> {
    if !value.contains("://") {
        return Vec::new();
    }
    let Ok(url) = Url::parse(value) else {
        return Vec::new();
    };
    if !["http", "https"].contains(&url.scheme()) {
        return Vec::new();
    }
    let path = url.path().trim_end_matches('/');
    let names = || path.split('/').filter(|part| !part.is_empty());
    let mut parts: Vec<String> = names()
        .filter(|name| name.len() >= LONG)
        .map(str::to_owned)
        .collect();
    if names().count() >= PARTS || names().any(is_token) {
        parts.push(path.to_owned());
        // Without its parameters, as messages show it.
        parts.extend(value.split(['?', '#']).next().map(str::to_owned));
    }
    let parameters = url.query_pairs().map(|(_, parameter)| parameter);
    let tokens: Vec<_> = parameters.filter(|parameter| is_token(parameter)).collect();
    if !tokens.is_empty() {
        parts.extend(url.query().map(str::to_owned));
    }
    parts.extend(tokens.into_iter().map(String::from));
    let names = [url.username(), url.password().unwrap_or_default()];
    parts.extend(
        names
            .into_iter()
            .filter(|name| is_token(name))
            .map(str::to_owned),
    );
    parts.retain(|part| part != value);
    parts
}

/// As long as no word of a path is, in bytes.
const LONG: usize = 16;
/// Shortest token with digits and letters, in bytes.
const SHORT: usize = 8;

/// Whether it is probably made by chance.
fn is_token(text: &str) -> bool {
    let has = |is_of: fn(&char) -> bool| text.chars().any(|character| is_of(&character));
    let is_mixed = has(char::is_ascii_digit)
        && has(|character| character.is_alphabetic())
        && !text.contains('-');
    text.len() >= LONG || (text.len() >= SHORT && is_mixed)
}
