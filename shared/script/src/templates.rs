//! Hooks that are ready to run, bounded by count and by bytes: the one that was used longest ago goes first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hookpoint_engine::hook::{Hook, HookBody};

use crate::machine::Template;

/// The most hooks that are kept.
const COUNT_LIMIT: usize = 256;

/// What is kept of a hook version.
struct Entry {
    name: String,
    version: u32,
    body: Arc<HookBody>,
    template: Arc<Template>,
}

/// Templates by hook version.
pub(crate) struct Templates {
    /// The one that was used last is at the end.
    entries: Mutex<Vec<Entry>>,
    byte_limit: usize,
}

impl Templates {
    /// Templates that hold at most so many bytes together; a single one may always stay.
    pub(crate) fn new(byte_limit: usize) -> Self {
        Self {
            entries: Mutex::default(),
            byte_limit,
        }
    }

    /// The template of a hook version.
    pub(crate) fn get(&self, hook: &Hook) -> Option<Arc<Template>> {
        let mut entries = self.entries();
        let index = entries.iter().rposition(|entry| entry.is_of(hook))?;
        let entry = entries.remove(index);
        let template = Arc::clone(&entry.template);
        entries.push(entry);
        Some(template)
    }

    /// Keeps a template.
    pub(crate) fn put(&self, hook: &Hook, template: Template) -> Arc<Template> {
        let template = Arc::new(template);
        let mut entries = self.entries();
        entries.retain(|entry| !entry.is_of(hook));
        entries.push(Entry {
            name: hook.name.to_string(),
            version: hook.version,
            body: Arc::clone(&hook.body),
            template: Arc::clone(&template),
        });
        let weight = |entries: &[Entry]| -> usize {
            entries.iter().map(|entry| entry.template.weight()).sum()
        };
        while entries.len() > 1
            && (entries.len() > COUNT_LIMIT || weight(&entries) > self.byte_limit)
        {
            entries.remove(0);
        }
        template
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    /// How many there are, and how many bytes they hold.
    pub(crate) fn size(&self) -> (usize, usize) {
        let entries = self.entries();
        let bytes = entries.iter().map(|entry| entry.template.weight()).sum();
        (entries.len(), bytes)
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Versions are immutable; but one that failed to be published may come again with another body, so that is compared too.
    fn is_of(&self, hook: &Hook) -> bool {
        self.version == hook.version
            && self.name == hook.name.as_str()
            && (Arc::ptr_eq(&self.body, &hook.body) || self.body == hook.body)
    }
}
