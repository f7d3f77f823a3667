//! Collects problems in a response: the first ones by name, the rest as a count.

use super::Dropped;

/// Maximum number of problems listed by name: a response can have thousands of unknown members.
const NAMED_LIMIT: usize = 20;

/// Parts of a response, each with its problem.
#[derive(Debug, Default)]
pub(super) struct Problems {
    named: Vec<Dropped>,
    more: usize,
}

impl Problems {
    /// Adds a problem. `problem` is not called once the limit is reached.
    pub(super) fn push(&mut self, problem: impl FnOnce() -> Dropped) {
        if self.named.len() < NAMED_LIMIT {
            self.named.push(problem());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        for problem in other.named {
            self.push(|| problem);
        }
        self.more += other.more;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The named parts, followed by one entry for all others: `and 7 more <what>`.
    pub(super) fn into_named(mut self, what: &str) -> Vec<Dropped> {
        if self.more > 0 {
            self.named.push(Dropped {
                path: "…".to_owned(),
                reason: format!("and {} more {what}", self.more),
            });
        }
        self.named
    }
}
