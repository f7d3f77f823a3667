//! The files that make up a hook: its own, and those that they import by `./`.

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use regex_lite::Regex;

use crate::{
    Plugin,
    plugin::{JSON, TYPESCRIPT},
};

static IMPORTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:^|[^\w.])(?:from|import)\s*(["'])([^"'\n]+)["']"#).ok());
/// What hooks may import besides files of their own.
const KNOWN: [&str; 3] = ["../../lib/", "../../../hookpoint", "hookpoint:"];

/// A file that is part of a hook.
pub(super) struct Source {
    /// Its path in the plugin.
    pub(super) file: String,
    /// Its text without comments.
    pub(super) text: String,
}

/// The file of a hook and everything that it imports from the plugin, each once. Notes imports of anything else.
pub(super) fn sources(plugin: &Plugin, file: &str, found: &mut Vec<String>) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut seen = BTreeSet::from([file.to_owned()]);
    let mut next = vec![file.to_owned()];
    while let Some(file) = next.pop() {
        let text = if file.ends_with(JSON) {
            // Data calls nothing.
            String::new()
        } else {
            without_comments(plugin.source(&file))
        };
        for captures in IMPORTS
            .iter()
            .flat_map(|pattern| pattern.captures_iter(&text))
        {
            let part = |index| captures.get(index).map_or("", |part| part.as_str());
            let (quote, module) = (part(1), part(2));
            let mut say = |text: String| found.push(format!("{file}: {text}"));
            if quote != "\"" {
                say(format!(
                    "imports `{module}` in single quotes: use double quotes"
                ));
            }
            if module.starts_with("./") {
                match resolved(plugin, &file, module) {
                    Some(other) if seen.insert(other.clone()) => next.push(other),
                    Some(_) => {}
                    None => say(format!(
                        "imports `{module}`, which is not a file in `hooks/` of the plugin"
                    )),
                }
            } else if !KNOWN.iter().any(|known| module.starts_with(known)) {
                say(format!(
                    "imports `{module}`, which is neither a helper nor a type"
                ));
            }
        }
        sources.push(Source { file, text });
    }
    sources
}

/// The file of the plugin that another one names.
fn resolved(plugin: &Plugin, from: &str, module: &str) -> Option<String> {
    let folder = Path::new(from).parent()?.to_str()?;
    let path = format!("{folder}/{}", module.strip_prefix("./")?);
    [path.clone(), path + TYPESCRIPT]
        .into_iter()
        .find(|path| plugin.files.contains_key(path))
}

/// The source without comments, so that these can mention anything. Text that looks like a comment within quotes stays.
fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut characters = source.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                kept.push(character);
                kept.extend(characters.next());
                continue;
            }
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '/') if characters.peek() == Some(&'/') => {
                while characters.peek().is_some_and(|next| *next != '\n') {
                    characters.next();
                }
                continue;
            }
            (None, '/') if characters.peek() == Some(&'*') => {
                let mut previous = ' ';
                characters.next();
                for next in characters.by_ref() {
                    if previous == '*' && next == '/' {
                        break;
                    }
                    previous = next;
                }
                continue;
            }
            _ => {}
        }
        kept.push(character);
    }
    kept
}
