//! What was found wrong in a response: a few parts by name, the rest as a number.

use super::Dropped;

/// How many parts of a response are named one by one: a response can hold thousands of members that mean nothing.
const NAMED_LIMIT: usize = 20;

/// Parts of a response, each with what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Problems {
    named: Vec<Dropped>,
    more: usize,
}

impl Problems {
    /// `problem` is called only while parts are named.
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

    /// The named parts, and one entry for all others: `and 7 more <what>`.
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
