//! The forms in which a value may reappear.

use std::{collections::BTreeSet, fmt::Write as _};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{SHORTEST, escapes, log_line, one_line};

/// The spellings of a value: quoted as JSON, as Rust or as scripts show values, as JSON nested in any of these, as other languages escape it
/// in JSON and HTML, with control characters replaced, in base64, and in URLs. The search ignores ASCII case, so lower-cased hosts and schemes need no spelling of their own.
pub(super) fn of(value: &str) -> BTreeSet<String> {
    let json = in_json(value);
    let mut spellings = BTreeSet::from([
        in_json(&json),
        in_rust(&json),
        in_rust(value),
        in_script(value),
        in_script(value).replace('\'', "\\'"),
        in_script(&json),
        json,
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        utf8_percent_encode(value, COMPONENT).to_string(),
        utf8_percent_encode(value, WHOLE).to_string(),
        utf8_percent_encode(value, STRICT).to_string(),
        escaped(value),
        value.to_owned(),
    ]);
    if !value.is_ascii() {
        spellings.extend([value.to_lowercase(), value.to_uppercase()]);
    }
    spellings.extend(in_urls(value));
    spellings.extend(escapes::of(value));
    spellings.extend(within_base64(value));
    let harmless: Vec<_> = spellings
        .iter()
        .flat_map(|spelling| [log_line(spelling), one_line(spelling)])
        .collect();
    spellings.extend(harmless);
    spellings
}

/// What RFC 3986 calls reserved or forbids: all but `-._~`, letters and digits.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &STRICT
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');
/// What `encodeURI` encodes.
const WHOLE: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

/// As `escape` of JavaScript writes it.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for unit in value.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) => {
                text.push(char::from(byte));
            }
            // Writing to a string cannot fail.
            Ok(byte) => drop(write!(text, "%{byte:02X}")),
            Err(_) => drop(write!(text, "%u{unit:04X}")),
        }
    }
    text
}

/// Its part in the base64 of a longer text, such as `user:password`: the characters that the value alone determines,
/// for each of the three positions at which it may begin.
fn within_base64(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in 0..3 {
        let mut text = vec![0; before];
        text.extend(value.bytes());
        let from = (before * 8).div_ceil(6);
        let to = text.len() * 8 / 6;
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = alphabet.encode(&text);
            found.extend(encoded.get(from..to).map(str::to_owned));
        }
    }
    // The search ignores case, and any text may contain four characters of base64.
    found.retain(|spelling| spelling.len() > SHORTEST);
    found
}

/// As the `url` crate writes it: percent-encoded in a path, a query or credentials, in Punycode as a host, normalised
/// as a whole URL.
fn in_urls(value: &str) -> Vec<String> {
    const BASE: &str = "https://h/";
    let mut found = Vec::new();
    if let Ok(mut url) = Url::parse(BASE) {
        url.set_path(value);
        found.push(url.path().trim_start_matches('/').to_owned());
        url.set_query(Some(value));
        found.extend(url.query().map(str::to_owned));
        if url.set_password(Some(value)).is_ok() {
            found.extend(url.password().map(str::to_owned));
        }
    }
    let whole = |text: &str| Url::parse(text).map(String::from).unwrap_or_default();
    found.extend(
        whole(&format!("{BASE}{value}"))
            .strip_prefix(BASE)
            .map(str::to_owned),
    );
    // Digits alone would become an IPv4 address.
    let as_host = Url::parse(&format!("https://{value}"));
    if let Ok(url) = as_host
        && url.domain().is_some()
    {
        found.extend(url.as_str().strip_prefix("https://").map(without_end));
    }
    if value.contains("://") {
        found.push(without_end(&whole(value)));
    }
    // `../x` is normalised to a text that would match everywhere.
    found.retain(|spelling| spelling.len() >= SHORTEST && spelling.len() * 2 >= value.len());
    found
}

/// Removes the slash that is added to a URL without a path.
fn without_end(text: &str) -> String {
    text.trim_end_matches('/').to_owned()
}

/// As between the quotes of a JSON string.
pub(super) fn in_json(value: &str) -> String {
    within_quotes(&serde_json::Value::from(value).to_string())
}

/// As between the quotes of Rust's `{:?}`.
fn in_rust(value: &str) -> String {
    within_quotes(&format!("{value:?}"))
}

/// As between the quotes of `util.inspect`, which picks quotes that the text does not contain.
fn in_script(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\\' => text.push_str("\\\\"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                text.extend(['\\', 'x', digit(character, 4), digit(character, 0)]);
            }
            other => text.push(other),
        }
    }
    text
}

fn digit(character: char, shift: u32) -> char {
    char::from_digit((u32::from(character) >> shift) & 15, 16)
        .map_or('0', |digit| digit.to_ascii_uppercase())
}

fn within_quotes(quoted: &str) -> String {
    quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(quoted)
        .to_owned()
}
