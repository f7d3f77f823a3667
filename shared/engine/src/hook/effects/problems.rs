//! Collects problems in a response: the first ones by name, the rest as a count.

use super::Dropped;

/// Maximum number of problems listed by name: a response can have thousands of unknown members.
const NAMED_LIMIT: usize = 20;

/// Parts of a response, each with its problem.
#[derive(Debug, Default)]
pub(super) struct Problems {
    named: Vec<Named>,
    more: usize,
}

/// A problem that is listed by name.
#[derive(Debug)]
struct Named {
    problem: Dropped,
    /// The words that lead from it to the names of the accepted effects, where they help.
    lead: Option<String>,
}

impl Problems {
    /// Adds a problem. `problem` is not called once the limit is reached.
    pub(super) fn push(&mut self, problem: impl FnOnce() -> Dropped) {
        self.push_named(|| Named {
            problem: problem(),
            lead: None,
        });
    }

    /// Adds a problem that the names of the accepted effects help with. `problem` returns it with the words that lead to them.
    pub(super) fn push_with_lead(&mut self, problem: impl FnOnce() -> (Dropped, String)) {
        self.push_named(|| {
            let (problem, lead) = problem();
            let lead = Some(lead);
            Named { problem, lead }
        });
    }

    fn push_named(&mut self, named: impl FnOnce() -> Named) {
        if self.named.len() < NAMED_LIMIT {
            self.named.push(named());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        for named in other.named {
            self.push_named(|| named);
        }
        self.more += other.more;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Adds the names of the accepted effects to the first named problem that they help with. A hook may return a whole event, each
    /// member of which is a problem.
    pub(super) fn list(&mut self, names: impl FnOnce() -> String) {
        let first = self.named.iter_mut().find_map(|named| {
            let lead = named.lead.as_deref()?;
            Some((&mut named.problem.reason, lead))
        });
        if let Some((reason, lead)) = first {
            reason.push_str(lead);
            reason.push_str(&names());
        }
    }

    /// The named parts, followed by one entry for all others: `and 7 more <what>`.
    pub(super) fn into_named(self, what: &str) -> Vec<Dropped> {
        let named = self.named.into_iter().map(|named| named.problem);
        let more = (self.more > 0).then(|| Dropped {
            path: "…".to_owned(),
            reason: format!("and {} more {what}", self.more),
        });
        named.chain(more).collect()
    }
}
