//! Few sets of parameters that have every two choices together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::concerns::{self, Choice};
use crate::template::translation::Parameters;

/// A choice: the concern and its place there.
type Pick = (usize, usize);

/// The concerns, and the pairs of choices that the template accepts.
struct Pairs {
    concerns: Vec<Vec<Choice>>,
    accepted: BTreeSet<(Pick, Pick)>,
}

/// The parameters of each row.
pub(super) fn rows(concerns: Vec<Vec<Choice>>, document: &Value) -> Vec<Parameters> {
    let pairs = Pairs::of(concerns, document);
    let rows = pairs.rows();
    let covered: BTreeSet<_> = rows.iter().flat_map(|row| pairs_of(row)).collect();
    assert_eq!(covered, pairs.accepted);
    let parameters = rows.iter().map(|row| {
        let picks = row.iter().enumerate();
        let choices = picks.flat_map(|(concern, choice)| pairs.concerns[concern][*choice].clone());
        choices.collect()
    });
    parameters.collect()
}

fn pairs_of(row: &[usize]) -> BTreeSet<(Pick, Pick)> {
    let picks: Vec<Pick> = row.iter().copied().enumerate().collect();
    let pairs = picks
        .iter()
        .enumerate()
        .flat_map(|(index, one)| picks[index + 1..].iter().map(|other| (*one, *other)));
    pairs.collect()
}

impl Pairs {
    fn of(concerns: Vec<Vec<Choice>>, document: &Value) -> Self {
        let rules = concerns::rules(document);
        let mut accepted = BTreeSet::new();
        for (concern, choices) in concerns.iter().enumerate() {
            for (index, choice) in choices.iter().enumerate() {
                for (later, others) in concerns.iter().enumerate().skip(concern + 1) {
                    for (place, other) in others.iter().enumerate() {
                        if !concerns::are_refused(choice, other, &rules) {
                            accepted.insert(((concern, index), (later, place)));
                        }
                    }
                }
            }
        }
        Self { concerns, accepted }
    }

    /// Each row is begun with a missing pair, and completed with what adds most.
    fn rows(&self) -> Vec<Vec<usize>> {
        let mut missing = self.accepted.clone();
        let mut rows = Vec::new();
        while let Some((first, second)) = missing.first().copied() {
            let mut row = vec![None; self.concerns.len()];
            row[first.0] = Some(first.1);
            row[second.0] = Some(second.1);
            for concern in 0..row.len() {
                if row[concern].is_none() {
                    row[concern] = self.best(concern, &row, &missing);
                }
            }
            let row: Vec<usize> = row.into_iter().map(Option::unwrap).collect();
            for pair in pairs_of(&row) {
                missing.remove(&pair);
            }
            rows.push(row);
        }
        rows
    }

    /// The choice that is accepted with those of a row, and adds the most missing pairs.
    fn best(
        &self,
        concern: usize,
        row: &[Option<usize>],
        missing: &BTreeSet<(Pick, Pick)>,
    ) -> Option<usize> {
        let picks = row.iter().enumerate();
        let chosen: Vec<Pick> = picks
            .filter_map(|(concern, choice)| Some((concern, (*choice)?)))
            .collect();
        let pairs = |choice: usize| {
            let pick = (concern, choice);
            let pairs = chosen.iter();
            pairs.map(move |other| (pick.min(*other), pick.max(*other)))
        };
        let choices = 0..self.concerns[concern].len();
        let choices = choices.filter(|choice| {
            let mut pairs = pairs(*choice);
            pairs.all(|pair| self.accepted.contains(&pair))
        });
        choices.max_by_key(|choice| pairs(*choice).filter(|pair| missing.contains(pair)).count())
    }
}
