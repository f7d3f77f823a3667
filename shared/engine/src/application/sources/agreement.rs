//! Caches that must agree: a hook that moves from one list of bindings to another is in one of them for every event.
//!
//! The application, its bindings and those of its identity store are read and cached apart. When a read shows that a list has lost a hook,
//! or is the first one, the others must have been read at that time or later: the hook may have moved there.

use std::{sync::Arc, time::SystemTime};

use crate::{application::Application, application::binding::Binding};

/// A value as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Seen<V> {
    /// The value.
    pub(crate) value: V,
    /// When it was read.
    pub(crate) read: SystemTime,
    /// Since when nothing that was in it has gone, as far as is known: at the latest since its first read.
    pub(crate) since: SystemTime,
}

impl<V> Seen<V> {
    /// A value that was read now, after another one; `has_lost` tells whether something has gone.
    pub(super) fn after<W>(
        before: Option<&Seen<W>>,
        value: V,
        has_lost: impl FnOnce(&W, &V) -> bool,
        now: SystemTime,
    ) -> Self {
        let since = match before {
            Some(before) if !has_lost(&before.value, &value) => before.since,
            _ => now,
        };
        Self {
            value,
            read: now,
            since,
        }
    }

    /// Whether it was read before something had gone from another value, which may be in this one since then. A clock that went backwards
    /// does not make it older for ever.
    pub(crate) fn is_older_than<W>(&self, other: &Seen<W>, now: SystemTime) -> bool {
        self.read < other.since.min(now)
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
