//! Rules about the documents, most of them for contributors.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use hookpoint_engine::delivery::retry::SCHEDULE;

use crate::tidy::{files, root};

/// Where paths are named, and the heading from which on they are products of a build.
const DOCUMENTS: [(&str, &str); 2] = [
    ("CONTRIBUTING.md", "## Releasing"),
    ("docs/ARCHITECTURE.md", "## End"),
];
const EXTENSIONS: [&str; 7] = ["rs", "md", "js", "ts", "yaml", "json", "toml"];

/// The paths that a text names in backticks, `a/{b,c}.rs` as two.
fn paths(text: &str) -> BTreeSet<String> {
    let is_path = |word: &&str| {
        let extension = word.rsplit_once('.').map(|(_, extension)| extension);
        let is_plain = word
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_./{},-".contains(character));
        is_plain && (word.contains('/') || extension.is_some_and(|end| EXTENSIONS.contains(&end)))
    };
    let words = text.split('`').skip(1).step_by(2);
    words.filter(is_path).flat_map(expanded).collect()
}

fn expanded(path: &str) -> Vec<String> {
    let parts = path
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (choices, after))) => choices
            .split(',')
            .map(|choice| format!("{before}{choice}{after}"))
            .collect(),
        None => vec![path.to_owned()],
    }
}

#[test]
fn paths_for_contributors_exist() {
    let tracked: Vec<String> = files()
        .iter()
        .map(|path| format!("/{}", path.display()))
        .collect();
    let exists = |path: &str| {
        // A document may shorten a path where its folder is clear, and name a decision by its number.
        let is_decision = path.starts_with("docs/adr/");
        let path = format!("/{}", path.trim_end_matches('/'));
        let folder = format!("{path}/");
        tracked.iter().any(|file| {
            let is_it = file.ends_with(&path) || file.contains(&folder);
            is_it || is_decision && file.starts_with(&path)
        })
    };
    for (document, end) in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let text = text.split(end).next().unwrap_or_default();
        let named = paths(text);
        assert!(named.len() > 20, "{document}: {named:?}");
        for path in named.iter().filter(|path| !path.starts_with("target")) {
            assert!(exists(path), "{document}: `{path}` does not exist");
        }
    }
}

/// Numbers in words, from zero.
const NUMBERS: [&str; 25] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24",
];

/// The numbers of hours that a text gives for retries.
fn hours_of_retries(text: &str) -> Vec<&str> {
    let words: Vec<_> = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let places = 1..words.len();
    places
        .filter(|place| words[*place] == "hours" && NUMBERS.contains(&words[*place - 1]))
        .filter(|place| {
            let before = &words[place.saturating_sub(8)..*place];
            before.iter().any(|word| {
                ["attempts", "retried", "retries"].contains(&word.to_lowercase().as_str())
            })
        })
        .map(|place| words[place - 1])
        .collect()
}

#[test]
fn prose_says_for_how_many_hours_a_delivery_is_retried() {
    let seconds = SCHEDULE.iter().sum::<Duration>().as_secs();
    // To the next hour, up or down.
    let expected = NUMBERS[usize::try_from((seconds + 1_800) / 3_600).unwrap()];
    let is_prose = |path: &Path| {
        let extension = path.extension().unwrap_or_default();
        ["rs", "md", "yaml"].iter().any(|known| extension == *known)
            // Decisions and changes say what was true at their time.
            && !path.starts_with("docs/adr") && !path.ends_with("CHANGELOG.md")
            && !path.ends_with("rules/documents.rs")
    };
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files().into_iter().filter(|path| is_prose(path)) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for found in hours_of_retries(&text) {
            count += 1;
            if found != expected {
                wrong.push(format!("{}: {found}", path.display()));
            }
        }
    }
    assert!(count > 10, "{count}");
    assert!(
        wrong.is_empty(),
        "deliveries are retried for {expected} hours, but these files say:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn other_hours_are_not_hours_of_retries() {
    let text = "retried for up\nto nine hours; attempts, which take # ten\n# hours; other things are older than twelve hours";
    assert_eq!(hours_of_retries(text), ["nine", "ten"]);
}

#[test]
fn a_text_names_paths_and_other_things() {
    let text = "`cargo run -- x/y` in `a/{b,c}/d.rs`, `tidy.rs`, `v1` or `hook.secrets`";
    let expected = ["a/b/d.rs", "a/c/d.rs", "tidy.rs"].map(str::to_owned);
    assert_eq!(paths(text), BTreeSet::from(expected));
}

/// The sections that a document lists before its first one, and those that it has.
fn contents(text: &str) -> (Vec<&str>, Vec<&str>) {
    let before = text.split("\n## ").next().unwrap_or_default();
    let listed = before.lines().filter_map(|line| {
        let (title, place) = line.strip_prefix("- [")?.split_once(']')?;
        place.starts_with("(#").then_some(title)
    });
    let mut is_code = false;
    let had = text.lines().filter_map(|line| {
        is_code ^= line.starts_with("```");
        line.strip_prefix("## ").filter(|_| !is_code)
    });
    (listed.collect(), had.collect())
}

#[test]
fn contents_list_every_section() {
    let mut lists = 0;
    for path in files() {
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            let (listed, had) = contents(&text);
            if listed.len() > 1 {
                assert_eq!(listed, had, "{}", path.display());
                lists += 1;
            }
        }
    }
    assert!(lists > 0);
}
