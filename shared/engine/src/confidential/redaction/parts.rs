//! The parts of a secret URL, which is a secret as a whole: an endpoint repeats its path or a parameter, and not the host.

use url::Url;

/// Shortest path or parameter that is searched for, in bytes. Shorter ones are words such as `v1` or `json`.
const SHORTEST: usize = 8;
/// Shortest part of a path that is taken for a token by itself, in bytes.
const TOKEN: usize = 16;

/// The parts of a value that is an http or https URL; none of any other.
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
    let mut parts = Vec::new();
    let mut add = |part: &str, shortest: usize| {
        if part.len() >= shortest && part != value {
            parts.push(part.to_owned());
        }
    };
    add(path, SHORTEST);
    for part in path.split('/') {
        add(part, TOKEN);
    }
    // Without its parameters, as messages show it, if there is more in it than a host.
    if path.len() >= SHORTEST {
        let shown = value.split(['?', '#']).next().unwrap_or_default();
        add(shown, SHORTEST);
    }
    if let Some(query) = url.query() {
        add(query, SHORTEST);
    }
    for (_, parameter) in url.query_pairs() {
        add(&parameter, SHORTEST);
    }
    for part in [url.username(), url.password().unwrap_or_default()] {
        add(part, SHORTEST);
    }
    parts
}
