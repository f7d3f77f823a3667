//! Finds plugins by words.

use hookpoint_workspace::syntax::for_unknown;

use crate::Plugin;

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

/// The fix for a name that no plugin has: the nearest by its letters, else those that are about one of its words.
pub(crate) fn suggestion(unknown: &str, plugins: &[Plugin]) -> String {
    let names = || plugins.iter().map(|plugin| plugin.name.as_str());
    let by_letters = for_unknown(unknown, "plugin", names());
    if by_letters.starts_with("did you mean") {
        return by_letters;
    }
    let words = split(unknown);
    let about = |plugin: &&Plugin| -> usize { words.iter().map(|word| score(plugin, word)).sum() };
    let mut near: Vec<&Plugin> = plugins.iter().filter(|plugin| about(plugin) > 0).collect();
    near.sort_by_key(|plugin| std::cmp::Reverse(about(plugin)));
    let near: Vec<String> = near
        .iter()
        .take(4)
        .map(|plugin| format!("`{}`", plugin.name))
        .collect();
    if near.is_empty() {
        return "`hookpoint plugins list` shows all".to_owned();
    }
    format!("did you mean {}?", near.join(" or "))
}

fn split(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(stem).collect()
}

/// A word without the end that its other forms lack.
fn stem(word: &str) -> String {
    let stem = ["ing", "es", "s"]
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() > 3));
    stem.unwrap_or(word).to_owned()
}

/// How much a plugin is about a word.
fn score(plugin: &Plugin, word: &str) -> usize {
    let manifest = &plugin.manifest;
    let has = |text: &str| text.to_lowercase().contains(word);
    let stages = manifest
        .bindings
        .iter()
        .any(|binding| has(binding.stage.id()));
    [
        (has(&plugin.name), 8),
        (has(&manifest.title), 4),
        (manifest.categories.iter().any(|category| has(category)), 4),
        (has(&manifest.summary), 2),
        (has(&manifest.description), 1),
        (
            stages || manifest.journeys.iter().any(|journey| has(journey)),
            1,
        ),
    ]
    .into_iter()
    .filter_map(|(found, points)| found.then_some(points))
    .sum()
}
