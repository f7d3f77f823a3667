//! Finds plugins by words.

use std::{cmp::Reverse, collections::BTreeSet};

use hookpoint_workspace::syntax::{alternatives, nearest};

use crate::Plugin;

/// Maximum number of plugins that a suggestion names.
const NAMED: usize = 4;
/// Words that say nothing about a plugin.
const FILLERS: [&str; 14] = [
    "a", "an", "and", "at", "be", "by", "for", "from", "in", "of", "on", "the", "to", "with",
];

/// The plugins in which every word occurs, the best match first.
pub(crate) fn search(plugins: Vec<Plugin>, words: &str) -> Vec<Plugin> {
    let words = split(words);
    let mut found: Vec<(usize, Plugin)> = plugins
        .into_iter()
        .filter_map(|plugin| {
            let scores = words.iter().map(|word| score(&plugin, word));
            let scores: Option<Vec<usize>> =
                scores.map(|score| (score > 0).then_some(score)).collect();
            Some((scores?.iter().sum(), plugin))
        })
        .collect();
    found.sort_by(|(left, one), (right, other)| {
        right.cmp(left).then_with(|| one.name.cmp(&other.name))
    });
    found.into_iter().map(|(_, plugin)| plugin).collect()
}

/// The fix for a name or words that no plugin has: the nearest name by its letters, else the plugins that are about one of the words, as
/// written or as they may be meant.
pub(crate) fn suggestion(unknown: &str, plugins: &[Plugin]) -> String {
    let names: Vec<&str> = plugins.iter().map(|plugin| plugin.name.as_str()).collect();
    if let Some(name) = nearest(unknown, &names) {
        return format!("did you mean `{name}`?");
    }
    let known = vocabulary(plugins);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let meant = |word: String| {
        let is_known = plugins.iter().any(|plugin| score(plugin, &word) > 0);
        match nearest(&word, &known) {
            // In a short word, one different letter makes another word.
            Some(other) if !is_known && word.len() > 3 => other.to_owned(),
            _ => word,
        }
    };
    // Many words begin with a given letter.
    let words = split(unknown).into_iter().filter(|word| word.len() > 1);
    let words: Vec<String> = words.map(meant).collect();
    let about = |plugin: &&Plugin| -> usize { words.iter().map(|word| score(plugin, word)).sum() };
    let mut near: Vec<&Plugin> = plugins.iter().filter(|plugin| about(plugin) > 0).collect();
    near.sort_by_key(|plugin| Reverse(about(plugin)));
    if near.is_empty() {
        return "`hookpoint plugins list` shows all".to_owned();
    }
    let quoted = near.iter().take(NAMED);
    let quoted: Vec<String> = quoted.map(|plugin| format!("`{}`", plugin.name)).collect();
    let offered = alternatives(&quoted);
    match &words[..] {
        [word] if near.len() > NAMED => format!(
            "did you mean {offered}? `hookpoint plugins list {word}` shows {} of them",
            near.len()
        ),
        _ => format!("did you mean {offered}?"),
    }
}

/// The words of names, titles, categories and keywords.
fn vocabulary(plugins: &[Plugin]) -> BTreeSet<String> {
    let texts = plugins.iter().flat_map(|plugin| {
        let manifest = &plugin.manifest;
        let lists = manifest.categories.iter().chain(&manifest.keywords);
        [&plugin.name, &manifest.title].into_iter().chain(lists)
    });
    texts.flat_map(|text| words_of(text)).collect()
}

fn split(text: &str) -> Vec<String> {
    let words = words_of(text).filter(|word| !FILLERS.contains(&word.as_str()));
    words.map(|word| stem(&word)).collect()
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    // One spelling stands for both.
    let folded = text.to_lowercase().replace("e-mail", "email");
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.into_iter()
}

/// A word without the end that its other forms lack.
fn stem(word: &str) -> String {
    let stem = ["ing", "es", "s", "e", "y"]
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() > 3));
    stem.unwrap_or(word).to_owned()
}

/// How much a plugin is about a word: texts count in which a word begins with it.
fn score(plugin: &Plugin, word: &str) -> usize {
    let manifest = &plugin.manifest;
    let has = |text: &str| words_of(text).any(|known| known.starts_with(word));
    // The id of a stage is one word with capital letters.
    let has_stage = manifest
        .bindings
        .iter()
        .any(|binding| binding.stage.id().to_lowercase().contains(word));
    [
        (has(&plugin.name), 8),
        (has(&manifest.title), 4),
        (manifest.categories.iter().any(|category| has(category)), 4),
        (manifest.keywords.iter().any(|keyword| has(keyword)), 4),
        (has(&manifest.summary), 2),
        (has(&manifest.description), 1),
        (
            has_stage || manifest.journeys.iter().any(|journey| has(journey)),
            1,
        ),
    ]
    .into_iter()
    .filter_map(|(found, points)| found.then_some(points))
    .sum()
}
