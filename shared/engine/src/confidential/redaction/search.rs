//! Searches a text for many patterns in one pass.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    ops::Range,
    sync::OnceLock,
};

use aho_corasick::{
    Anchored, MatchKind,
    automaton::{Automaton as _, StateID},
    nfa::noncontiguous::NFA,
};

use super::CUT;

/// Minimum length of a pattern's beginning to match in a text that was cut, in bytes.
const SHORTEST_BEGINNING: usize = 4;

/// An automaton over patterns, ignoring ASCII case. A search is linear in the text, whatever the patterns.
pub(super) struct Search {
    automaton: NFA,
    start: StateID,
    patterns: Vec<String>,
    /// The length of the pattern prefix matched in each state; only needed for texts that were cut.
    depths: OnceLock<HashMap<StateID, usize>>,
}

impl Search {
    /// Returns `None` when there are more patterns than an automaton can hold.
    pub(super) fn new(patterns: Vec<String>) -> Option<Self> {
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .prefilter(false)
            // The automata are small and short-lived: deeper tables cost more than they save.
            .dense_depth(1)
            .build(&patterns)
            .ok()?;
        let start = automaton.start_state(Anchored::No).ok()?;
        Some(Self {
            automaton,
            start,
            patterns,
            depths: OnceLock::new(),
        })
    }

    /// The ranges covered by patterns, in order; overlapping or adjacent matches are merged. The beginning of a pattern
    /// before a [`CUT`] matches too. Ranges lie on character boundaries, since patterns do.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        let mut add = |place: Range<usize>| {
            let mut start = place.start;
            while let Some(last) = places.pop_if(|last| last.end >= start) {
                start = start.min(last.start);
            }
            places.push(start..place.end);
        };
        let mut buffer = [0; 4];
        let cut: &[u8] = CUT.encode_utf8(&mut buffer).as_bytes();
        let mut state = self.start;
        for (index, byte) in text.bytes().enumerate() {
            if state != self.start && text.as_bytes()[index..].starts_with(cut) {
                let read = self.depth(state);
                if read >= SHORTEST_BEGINNING {
                    add(index - read..index);
                }
            }
            state = self.automaton.next_state(Anchored::No, state, byte);
            if self.automaton.is_match(state) {
                // The longest pattern that ends here comes first and covers the others.
                let longest = self.automaton.match_pattern(state, 0);
                let end = index + 1;
                add(end - self.automaton.pattern_len(longest)..end);
            }
        }
        places
    }

    /// Adds the patterns that occur in a text.
    pub(super) fn mark(&self, text: &str, found: &mut Found) {
        let mut state = self.start;
        for byte in text.bytes() {
            state = self.automaton.next_state(Anchored::No, state, byte);
            if self.automaton.is_match(state) && found.states.insert(state) {
                let count = self.automaton.match_len(state);
                let patterns = (0..count).map(|index| self.automaton.match_pattern(state, index));
                found
                    .patterns
                    .extend(patterns.map(|pattern| pattern.as_usize()));
            }
        }
    }

    /// The length of the pattern prefix matched in a state.
    fn depth(&self, state: StateID) -> usize {
        let depths = self.depths.get_or_init(|| {
            let mut depths = HashMap::new();
            for pattern in &self.patterns {
                let mut state = self.start;
                for (index, byte) in pattern.bytes().enumerate() {
                    // The bytes read are a pattern's prefix, so no longer prefix matches: this is its state.
                    state = self.automaton.next_state(Anchored::No, state, byte);
                    depths.insert(state, index + 1);
                }
            }
            depths
        });
        depths.get(&state).copied().unwrap_or(0)
    }
}

/// The patterns found. Each state is examined once, which keeps the search linear.
#[derive(Default)]
pub(super) struct Found {
    states: HashSet<StateID>,
    patterns: BTreeSet<usize>,
}

impl Found {
    /// The indices of the patterns, as passed to [`Search::new`].
    pub(super) fn patterns(&self) -> impl Iterator<Item = usize> {
        self.patterns.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every byte covered by a match, computed naively.
    fn covered(patterns: &[String], text: &str) -> Vec<bool> {
        let lower = text.to_ascii_lowercase();
        let mut covered = vec![false; text.len()];
        for pattern in patterns {
            let pattern = pattern.to_ascii_lowercase();
            for start in 0..text.len() {
                if lower.as_bytes()[start..].starts_with(pattern.as_bytes()) {
                    covered[start..start + pattern.len()].fill(true);
                }
            }
            for (end, _) in lower.match_indices(CUT) {
                for start in 0..end {
                    let beginning = &lower.as_bytes()[start..end];
                    if beginning.len() >= SHORTEST_BEGINNING
                        && pattern.as_bytes().starts_with(beginning)
                    {
                        covered[start..end].fill(true);
                    }
                }
            }
        }
        covered
    }

    proptest! {
        #[test]
        fn it_finds_what_a_slow_search_finds(
            patterns in prop::collection::vec("[aAb…ä]{1,9}", 1..6), text in "[aAbBcä…]{0,40}",
        ) {
            let search = Search::new(patterns.clone()).unwrap();
            let mut found = vec![false; text.len()];
            let places = search.places(&text);
            for place in &places {
                prop_assert!(text.is_char_boundary(place.start) && text.is_char_boundary(place.end));
                found[place.clone()].fill(true);
            }
            for pair in places.windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            prop_assert_eq!(found, covered(&patterns, &text), "{:?} in {:?}", patterns, text);
            let mut marked = Found::default();
            search.mark(&text, &mut marked);
            for (index, pattern) in patterns.iter().enumerate() {
                let is_in = text.to_ascii_lowercase().contains(&pattern.to_ascii_lowercase());
                prop_assert_eq!(marked.patterns().any(|found| found == index), is_in);
            }
        }
    }
}
