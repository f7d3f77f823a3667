//! Caches that must agree: a hook that moves from one list of bindings to another is in one of them for every event.
//!
//! The application, its bindings and those of its identity store are read and cached apart. When a read shows that a list has lost a hook,
//! the others must have been read after that: the hook may have moved there. What a list had before its first read is not known, so the
//! others may be a second older then, and are read again if that is possible.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::application::{Application, binding::Binding};

/// How far a read may lag behind, and how old a value may be beside one that was not known.
pub(super) const LAG: Duration = Duration::from_secs(1);

/// A value as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Seen<V> {
    /// The value.
    pub(crate) value: V,
    /// What was written before this time is in it.
    read: SystemTime,
    /// When something went that was in it before.
    lost: SystemTime,
    /// When it was first read: what was in it before is not known.
    first: SystemTime,
}

/// How a value stands to another one that is used with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It is as new.
    Agrees,
    /// It was read before the other was known, which may have lost something since then.
    MayBeOlder,
    /// It was read before something had gone from the other, which may be in this one by now.
    IsOlder,
}

impl<V> Seen<V> {
    /// A value that was read at a time, after another one; `has_lost` tells whether something has gone. `later` is after all reads of the
    /// event so far.
    pub(super) fn after(
        before: Option<&Self>,
        value: V,
        has_lost: impl FnOnce(&V, &V) -> bool,
        now: SystemTime,
        later: SystemTime,
    ) -> Self {
        let Some(before) = before else {
            return Self {
                value,
                read: now,
                lost: UNIX_EPOCH,
                first: now,
            };
        };
        let has_lost = has_lost(&before.value, &value);
        Self {
            value,
            read: now,
            // A clock that went backwards makes nothing older for ever.
            lost: if has_lost {
                later
            } else {
                before.lost.min(later)
            },
            first: before.first.min(now),
        }
    }

    /// A value that may lag behind the store.
    pub(super) fn lagging(self) -> Self {
        Self {
            read: self.read.checked_sub(LAG).unwrap_or(self.read),
            ..self
        }
    }

    /// A value that has all that was written before a time.
    pub(super) fn at(self, read: SystemTime) -> Self {
        Self { read, ..self }
    }

    /// Whether it was read later than another one.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.read > other.read
    }

    /// How it stands to another value.
    pub(super) fn beside<W>(&self, other: &Seen<W>) -> Standing {
        if self.read < other.lost {
            Standing::IsOlder
        } else if self.read + LAG < other.first {
            Standing::MayBeOlder
        } else {
            Standing::Agrees
        }
    }
}

/// Whether a list lacks a hook that an earlier one had.
pub(super) fn has_lost(before: &[Arc<Binding>], after: &[Arc<Binding>]) -> bool {
    let is_in = |binding: &Binding, list: &[Arc<Binding>]| {
        let mut list = list.iter();
        list.any(|other| other.id == binding.id && other.hook.name == binding.hook.name)
    };
    before.iter().any(|binding| !is_in(binding, after))
}

/// Whether a binding is in a list twice: it was read while its order changed, which is part of its key.
pub(super) fn has_repeated(list: &[Arc<Binding>]) -> bool {
    let mut rest = list;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| other.id == first.id) {
            return true;
        }
        rest = others;
    }
    false
}

/// Whether an application uses the bindings of another identity store than before.
pub(super) fn has_moved(before: Option<&Application>, after: Option<&Application>) -> bool {
    let store = |application: &Application| application.identity_store.clone();
    before.and_then(store) != after.and_then(store)
}
