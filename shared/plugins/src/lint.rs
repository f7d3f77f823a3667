//! Rules for the sources and cases of a plugin that its manifest cannot express.

mod sources;

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use hookpoint_workspace::{Case, CaseReply};
use regex_lite::Regex;

use self::sources::{Source, sources};
use crate::{HookDraft, Plugin, Values};

/// Requests that a case may have beyond the round trips of its hook: a retry after a 401 or a wait, with its token.
const RETRIES: u64 = 2;

static READS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(\w+)\s*\??\s*\.\s*(variables|secrets)\b\s*(\?*\.\s*([A-Za-z_]\w*))?").ok()
});
static URLS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)(\w*)([`"'])https://([^/"'`\s]*)(/?[^`"']*)"#).ok());
static QUERIES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)(\w*)([`"'])([^`"']*(?:\bselect\b[^`"']*\bfrom\b|\$filter=|\s(?:eq|ne|startswith)\s|sysparm_query=[^`"'&])[^`"']*)[`"']"#).ok()
});
static FETCHES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(^|[^\w.])(fetch|XMLHttpRequest)\s*\(|(import|require)\s*\(").ok()
});

/// Everything in which a plugin differs from what it declares, each as a sentence.
pub fn lint(plugin: &Plugin) -> Vec<String> {
    let mut found = Vec::new();
    let cases = cases(plugin, &mut found);
    let mut imported = BTreeSet::new();
    for hook in &plugin.manifest.hooks {
        let sources = sources(plugin, &hook.file, &mut found);
        reads(hook, &sources, &mut found);
        for Source { file, text } in &sources {
            let mut say = |text: String| found.push(format!("{file}: {text}"));
            requests(hook, text, &mut say);
            queries(text, &mut say);
        }
        of_cases(hook, &cases, &mut |text| {
            found.push(format!("{}: {text}", hook.file));
        });
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
            "{}: the preview is no case",
            plugin.manifest.preview
        ));
    }
    found
}

fn cases(plugin: &Plugin, found: &mut Vec<String>) -> Vec<(String, Case)> {
    let values = Values::examples(&plugin.manifest);
    let mut cases = Vec::new();
    for (path, text) in plugin.cases() {
        match Case::parse(&values.fill(text), path, Path::new("")) {
            Ok(case) if plugin.manifest.hook(&case.hook).is_none() => {
                found.push(format!("{path}: the plugin has no hook `{}`", case.hook));
            }
            Ok(case) => cases.push((path.to_owned(), case)),
            Err(errors) => found.push(errors.to_string()),
        }
    }
    cases
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
        if ["{ variables", "{ secrets", ", secrets }", ", variables }"]
            .iter()
            .any(|taken| text.contains(taken))
        {
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
        if let Some(name) = captures.get(2) {
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

/// Cases show each effect, and no other; each host is called in one.
fn of_cases(hook: &HookDraft, cases: &[(String, Case)], say: &mut impl FnMut(String)) {
    let own: Vec<_> = cases
        .iter()
        .filter(|(_, case)| case.hook == hook.name)
        .collect();
    if own.is_empty() {
        say("has no case".to_owned());
        return;
    }
    let mut shown = BTreeSet::new();
    let mut succeeded = false;
    for (path, case) in &own {
        let response = case.expect.response.iter().flatten();
        shown.extend(response.map(|(name, _)| name.as_str()));
        succeeded |= case
            .expect
            .outcome
            .as_deref()
            .is_none_or(|outcome| outcome == "ok");
        if case.requests.len() as u64 > hook.round_trips + RETRIES {
            say(format!(
                "makes {} requests in {path}, and `roundTrips` is {}",
                case.requests.len(),
                hook.round_trips
            ));
        }
    }
    if !succeeded {
        say("has no case that succeeds".to_owned());
    }
    for effect in &hook.effects {
        if !shown.contains(effect.as_str()) {
            say(format!(
                "declares the effect `{effect}`, which no case shows"
            ));
        }
    }
    for name in &shown {
        if !hook.effects.iter().any(|effect| effect.as_str() == *name) {
            say(format!(
                "returns `{name}` in a case, and the manifest does not list that effect"
            ));
        }
    }
    let calls = own.iter().flat_map(|(_, case)| &case.requests);
    let is_answered = |reply: &CaseReply| matches!(reply, CaseReply::Response { .. });
    if !hook.hosts.is_empty() && !calls.clone().any(|request| is_answered(&request.reply)) {
        say("declares hosts, and no case has a reply of one".to_owned());
    }
}
