//! Rules for the sources and cases of a plugin that its manifest cannot express.

mod cases;
mod returned;
mod sources;

use std::{collections::BTreeSet, sync::LazyLock};

use hookpoint_stages::Effect;
use regex_lite::Regex;

use self::{
    cases::{cases, of_cases, of_stages},
    sources::{Source, sources},
};
use crate::{HookDraft, Plugin, Values};

static READS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(\w+)\s*\??\s*\.\s*(variables|secrets)\b\s*(\?*\.\s*([A-Za-z_]\w*))?").ok()
});
static URLS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(\w*)([`"'])https://([^/"'`\s]*)(/?[^`"']*)"#).ok());
static QUERIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)(\w*)([`"'])([^`"']*(?:\bselect\b[^`"']*\bfrom\b|\$filter=|\s(?:eq|ne|startswith)\s|sysparm_query=[^`"'&]|\}\^\w|\^\w+(?:=|LIKE|IN|STARTSWITH)\$\{)[^`"']*)[`"']"#).ok()
});
/// The beginning of a URL to which something is added.
static BEGUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(\w*)[`"'](https://[^"'`\s]*)[`"']\s*(?:\+|\.concat\()"#).ok()
});
/// Calls of `fetch`, and its use as a value; what runs while a hook runs.
static FETCHES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^\w.])(?:(fetch)\s*[^\w\s:]|(globalThis|XMLHttpRequest|WebSocket|eval)\b)|(?:import|require)\s*\(").ok()
});
/// `variables` and `secrets` by another way than a member of `hook`.
static TAKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"[{,]\s*(?:variables|secrets)\s*[,}:=]|["'`](?:variables|secrets)["'`]|\.\.\.\s*hook\b"#,
    )
    .ok()
});
/// An effect with what it holds.
static EFFECTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\w.])([A-Za-z]+)\s*:\s*[{\[]").ok());

/// Everything in which a plugin differs from what it declares, each as a sentence.
pub fn lint(plugin: &Plugin) -> Vec<String> {
    let mut found = Vec::new();
    let values = Values::examples(&plugin.manifest);
    let cases = cases(plugin, &values, &mut found);
    let mut imported = BTreeSet::new();
    for hook in &plugin.manifest.hooks {
        let sources = sources(plugin, &hook.file, &mut found);
        reads(hook, &sources, &mut found);
        for Source { file, text } in &sources {
            let mut say = |text: String| found.push(format!("{file}: {text}"));
            requests(hook, text, &mut say);
            begun_urls(text, &mut say);
            queries(text, &mut say);
            effects(hook, text, &mut say);
        }
        let mut say = |text: String| found.push(format!("{}: {text}", hook.file));
        of_cases(hook, &values, &cases, &mut say);
        of_stages(plugin, hook, &cases, &mut say);
        imported.extend(sources.into_iter().map(|source| source.file));
    }
    let files = plugin
        .files
        .keys()
        .filter(|file| file.starts_with("hooks/"));
    for file in files.filter(|file| !imported.contains(*file)) {
        found.push(format!("{file}: no hook imports it"));
    }
    // Hooks may share a file.
    let mut said = BTreeSet::new();
    found.retain(|text| said.insert(text.clone()));
    if plugin
        .manifest
        .hooks
        .iter()
        .all(|hook| !hook.hosts.is_empty())
        && !cases
            .iter()
            .any(|(path, _)| *path == plugin.manifest.preview)
    {
        found.push(format!(
            "{}: the preview is not a case",
            plugin.manifest.preview
        ));
    }
    found
}

/// What a hook and its files read is what it declares.
fn reads(hook: &HookDraft, sources: &[Source], found: &mut Vec<String>) {
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    let Some(pattern) = READS.as_ref() else {
        return;
    };
    let mut say = |file: &str, text: String| found.push(format!("{file}: {text}"));
    for Source { file, text } in sources {
        for captures in pattern.captures_iter(text) {
            let part = |index| captures.get(index).map_or("", |part| part.as_str());
            let (of, what, name) = (part(1), part(2), part(4));
            if of != "hook" {
                say(
                    file,
                    format!("reads `{of}.{what}`: call the second argument of a hook `hook`"),
                );
            } else if name.is_empty() {
                say(
                    file,
                    format!("reads `hook.{what}` otherwise than by `hook.{what}.Name`"),
                );
            } else if declared(hook, what).iter().any(|known| known == name) {
                used.insert((what, name));
            } else {
                say(
                    file,
                    format!(
                        "reads `hook.{what}.{name}`, which the manifest does not list under `{what}`"
                    ),
                );
            }
        }
        if TAKEN.as_ref().is_some_and(|taken| taken.is_match(text)) {
            say(
                file,
                "takes `variables` or `secrets` out of `hook`: read them as `hook.secrets.Name`"
                    .to_owned(),
            );
        }
    }
    for what in ["variables", "secrets"] {
        for name in declared(hook, what) {
            if !used.contains(&(what, name.as_str())) {
                say(
                    &hook.file,
                    format!("does not read `hook.{what}.{name}`, which the manifest lists"),
                );
            }
        }
    }
}

/// What the manifest lists under `variables` or `secrets`.
fn declared<'a>(hook: &'a HookDraft, what: &str) -> &'a [String] {
    match what {
        "variables" => &hook.variables,
        _ => &hook.secrets,
    }
}

/// Requests go through the helper, to declared hosts.
fn requests(hook: &HookDraft, source: &str, say: &mut impl FnMut(String)) {
    for captures in FETCHES
        .iter()
        .flat_map(|pattern| pattern.captures_iter(source))
    {
        if let Some(name) = captures.get(1).or(captures.get(2)) {
            say(format!(
                "calls `{}` itself: use `call` of lib/request",
                name.as_str()
            ));
        } else {
            say("imports or requires something while it runs".to_owned());
        }
    }
    for captures in URLS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(source))
    {
        let part = |index| captures.get(index).map_or("", |part| part.as_str());
        let (tag, quote, host, path) = (part(1), part(2), part(3), part(4));
        let is_parameter = host.contains("${");
        if (is_parameter || path.contains("${")) && quote == "`" && tag != "url" {
            say(format!(
                "builds the URL `https://{host}…` without the tag `url` of lib/query"
            ));
        }
        if !is_parameter
            && !hook
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host))
        {
            say(format!(
                "names the host `{host}`, which the manifest does not list"
            ));
        }
        // One of several listed hosts may be chosen; the sandbox holds the list.
        let may_choose = hook.hosts.len() > 1 || hook.hosts.iter().any(|known| known.contains('{'));
        if is_parameter && !may_choose {
            say(
                "calls a host that a variable names; the manifest lists none of a parameter"
                    .to_owned(),
            );
        }
    }
}

/// URLs are not put together by hand.
fn begun_urls(source: &str, say: &mut impl FnMut(String)) {
    for captures in BEGUN
        .iter()
        .flat_map(|pattern| pattern.captures_iter(source))
    {
        let part = |index| captures.get(index).map_or("", |part| part.as_str());
        let (tag, url) = (part(1), part(2));
        // What an operator sets may follow a tagged beginning.
        if tag == "url" {
            continue;
        }
        say(format!(
            "builds the URL `{url}…` without the tag `url` of lib/query"
        ));
    }
}

/// Queries are tagged.
fn queries(source: &str, say: &mut impl FnMut(String)) {
    for captures in QUERIES
        .iter()
        .flat_map(|pattern| pattern.captures_iter(source))
    {
        let tag = captures.get(1).map_or("", |part| part.as_str());
        let text = captures.get(3).map_or("", |part| part.as_str());
        // `url` encodes the query, which another template made.
        let is_url =
            tag == "url" && !text.contains(" eq ") && !text.to_lowercase().contains("select ");
        if !["soql", "odata", "encodedQuery"].contains(&tag) && !is_url {
            let start: String = text.trim().chars().take(40).collect();
            say(format!(
                "builds the query `{start}…` without a helper: use a tag of lib/query"
            ));
        }
    }
}

/// Effects in the source are declared, even those that no case shows.
fn effects(hook: &HookDraft, source: &str, say: &mut impl FnMut(String)) {
    let written = EFFECTS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(source));
    let written = written.filter_map(|captures| Some(captures.get(1)?.as_str()));
    let returned = returned::members(source);
    for name in written.chain(returned) {
        let is_effect = Effect::ALL.iter().any(|effect| effect.as_str() == name);
        if is_effect && !hook.effects.iter().any(|effect| effect.as_str() == name) {
            say(format!(
                "returns the effect `{name}`, which the manifest does not list"
            ));
        }
    }
}
