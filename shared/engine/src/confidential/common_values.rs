//! Values that are hidden in place only, because they are likely to occur elsewhere by coincidence.

use std::collections::HashSet;

use hookpoint_stages::{Effect, Stage};
use serde_json::Value;

/// Minimum length: shorter values occur by chance, such as a PIN in an order number.
const SHORTEST: usize = 6;
/// Minimum length of values that consist of letters.
const SHORTEST_WORD: usize = 8;
/// Minimum number of different characters: `111111` is too common.
const FEWEST_DIFFERENT: usize = 3;

/// Whether a value is long and varied enough to be recognised wherever it occurs.
pub(super) fn is_distinctive(value: &str) -> bool {
    let mut different = HashSet::new();
    let (mut count, mut is_word) = (0, true);
    for character in value.chars() {
        count += 1;
        is_word &= character.is_alphabetic();
        if different.len() < FEWEST_DIFFERENT {
            different.extend(character.to_lowercase());
        }
    }
    let shortest = if is_word { SHORTEST_WORD } else { SHORTEST };
    count >= shortest && different.len() >= FEWEST_DIFFERENT
}

/// The words of the wire contract at a stage, in lower case: names of members, of effects and of the stage. None is
/// secret.
pub(super) struct ContractWords(HashSet<String>);

impl ContractWords {
    pub(super) fn of(stage: Stage) -> Self {
        let mut words: HashSet<_> = [stage.id().to_owned(), stage.name()].into();
        words.extend(Effect::ALL.map(|effect| effect.as_str().to_owned()));
        add_names(&stage.example(), &mut words);
        Self(words.iter().map(|word| word.to_lowercase()).collect())
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains(&word.to_lowercase())
    }
}

fn add_names(value: &Value, names: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                names.insert(name.clone());
                add_names(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| add_names(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_plain_and_monotonous_values_are_common() {
        for common in [
            "",
            "4711",
            "12345",
            "secret",
            "sunset",
            "Passwor",
            "111111",
            "121212",
            "aaaaaaaaaaaa",
        ] {
            assert!(!is_distinctive(common), "{common}");
        }
        for distinctive in [
            "482916",
            "hunter2",
            "sunshine",
            "pässwört",
            "correct horse",
            "a1b2c3",
        ] {
            assert!(is_distinctive(distinctive), "{distinctive}");
        }
    }

    #[test]
    fn names_of_the_contract_are_words_of_it_and_examples_are_not() {
        let words = ContractWords::of(Stage::BeforePasswordPersist);
        for word in [
            "userName",
            "username",
            "beforePasswordPersist",
            "before-password-persist",
            "password",
            "showError",
        ] {
            assert!(words.has(word), "{word}");
        }
        assert!(!words.has("correct horse battery staple"));
    }
}
