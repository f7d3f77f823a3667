//! How servers of other languages escape a value in JSON and HTML.

use std::fmt::Write as _;

/// The value as common libraries write it, where that differs from the plain forms.
pub(super) fn of(value: &str) -> Vec<String> {
    let json = super::spellings::in_json(value);
    let (slashes, ascii) = (slashes(&json), ascii(&json));
    let mut escaped = vec![
        // PHP, with and without `JSON_UNESCAPED_UNICODE`; Python, and Ruby on request.
        self::slashes(&ascii),
        slashes,
        ascii,
        // Go, Rails and Gson, for HTML.
        coded(&json, "<>&"),
        coded(&json, "<>&'="),
        dot_net(&json),
    ];
    escaped.extend(ENTITIES.iter().map(|table| entities(value, table)));
    escaped.retain(|escaped| escaped != value);
    escaped
}

/// With `\/` for each slash.
fn slashes(json: &str) -> String {
    json.replace('/', "\\/")
}

/// With UTF-16 units in hexadecimal for what is outside ASCII.
fn ascii(json: &str) -> String {
    replaced(json, |character| {
        (!character.is_ascii()).then(|| units(character))
    })
}

/// With some characters in hexadecimal.
fn coded(json: &str, characters: &str) -> String {
    replaced(json, |character| {
        characters.contains(character).then(|| units(character))
    })
}

/// As `System.Text.Json` of .NET writes it by default: quotes too are in hexadecimal, and a backslash is not.
fn dot_net(json: &str) -> String {
    replaced(&json.replace("\\\"", "\""), |character| {
        let is_coded = !character.is_ascii() || "\"&'+<>`".contains(character);
        is_coded.then(|| units(character))
    })
}

fn units(character: char) -> String {
    let mut text = String::new();
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
    text
}

/// What templates and error pages write in place of characters. Named or not, and how, depends on the library.
const ENTITIES: [&[(char, &str)]; 6] = [
    // Express, Django before 3, Jinja.
    &[('"', "&quot;"), ('\'', "&#39;")],
    // Go, Jinja.
    &[('"', "&#34;"), ('\'', "&#39;")],
    // Python, .NET, Handlebars without what it adds.
    &[('"', "&quot;"), ('\'', "&#x27;")],
    // PHP.
    &[('"', "&quot;"), ('\'', "&#039;")],
    // Mustache.
    &[
        ('"', "&quot;"),
        ('\'', "&#39;"),
        ('/', "&#x2F;"),
        ('`', "&#x60;"),
        ('=', "&#x3D;"),
    ],
    // Handlebars.
    &[
        ('"', "&quot;"),
        ('\'', "&#x27;"),
        ('`', "&#x60;"),
        ('=', "&#x3D;"),
    ],
];

fn entities(value: &str, table: &[(char, &str)]) -> String {
    replaced(value, |character| {
        let entity = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            other => table.iter().find(|(from, _)| *from == other)?.1,
        };
        Some(entity.to_owned())
    })
}

/// A text with other texts in place of some characters.
fn replaced(text: &str, by: impl Fn(char) -> Option<String>) -> String {
    let mut done = String::with_capacity(text.len());
    for character in text.chars() {
        match by(character) {
            Some(other) => done.push_str(&other),
            None => done.push(character),
        }
    }
    done
}
