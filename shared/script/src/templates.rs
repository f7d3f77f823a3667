//! Prepared hooks, bounded by count and bytes; the least recently used goes first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hookpoint_engine::hook::{Hook, HookBody};

use crate::machine::Template;

/// Maximum number of hooks.
const COUNT_LIMIT: usize = 256;

struct Entry {
    name: String,
    version: u32,
    body: Arc<HookBody>,
    template: Arc<Template>,
}

pub(crate) struct Templates {
    /// Most recently used last.
    entries: Mutex<Vec<Entry>>,
    byte_limit: usize,
}

impl Templates {
    /// Keeps at most `byte_limit` bytes, but always at least one template.
    pub(crate) fn new(byte_limit: usize) -> Self {
        Self {
            entries: Mutex::default(),
            byte_limit,
        }
    }

    /// Marks the template as used.
    pub(crate) fn get(&self, hook: &Hook) -> Option<Arc<Template>> {
        let mut entries = self.entries();
        let index = entries.iter().rposition(|entry| entry.is_of(hook))?;
        let entry = entries.remove(index);
        let template = Arc::clone(&entry.template);
        entries.push(entry);
        Some(template)
    }

    /// Removes the least recently used templates beyond the limits.
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

    /// Puts a template in the place of another one of its hook, if that is still there.
    pub(crate) fn replace(&self, hook: &Hook, old: &Arc<Template>, new: Template) {
        let is_there = self
            .entries()
            .iter()
            .any(|entry| entry.is_of(hook) && Arc::ptr_eq(&entry.template, old));
        if is_there {
            self.put(hook, new);
        }
    }

    pub(crate) fn clear(&self) {
        self.entries().clear();
    }

    /// Count and bytes.
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
    /// Compares the body too: a version whose publication failed may come again with another body.
    fn is_of(&self, hook: &Hook) -> bool {
        self.version == hook.version
            && self.name == hook.name.as_str()
            && (Arc::ptr_eq(&self.body, &hook.body) || self.body == hook.body)
    }
}

#[cfg(test)]
mod tests {
    use hookpoint_engine::hook::{Implementation, ScriptHook};

    use super::*;
    use crate::machine::Placing;

    const PAGE: usize = 4096;

    fn hook(name: &str, version: u32, source: &str) -> Hook {
        Hook {
            name: name.parse().unwrap(),
            version,
            body: Arc::new(HookBody {
                implementation: Implementation::Script(ScriptHook {
                    source: source.to_owned(),
                    file: None,
                    hosts: Vec::new(),
                    optional_secrets: Vec::new(),
                    source_map: None,
                    compiled: None,
                }),
                secrets: Vec::new(),
            }),
        }
    }

    /// A template of this many pages.
    fn template(pages: usize) -> Template {
        Template::of(&vec![1; pages * PAGE], &[], Placing::Copied, None)
    }

    #[test]
    fn the_least_recently_used_hook_goes_first() {
        let templates = Templates::new(usize::MAX);
        let hooks: Vec<Hook> = (0..=COUNT_LIMIT)
            .map(|number| hook(&format!("hook-{number}"), 1, ""))
            .collect();
        for hook in &hooks[..COUNT_LIMIT] {
            templates.put(hook, template(1));
        }
        assert_eq!(templates.size(), (COUNT_LIMIT, COUNT_LIMIT * PAGE));
        // Using the oldest makes the second the one to go.
        assert!(templates.get(&hooks[0]).is_some());
        templates.put(&hooks[COUNT_LIMIT], template(1));
        assert_eq!(templates.size(), (COUNT_LIMIT, COUNT_LIMIT * PAGE));
        assert!(templates.get(&hooks[1]).is_none());
        for kept in [0, 2, COUNT_LIMIT] {
            assert!(templates.get(&hooks[kept]).is_some(), "{kept}");
        }
    }

    #[test]
    fn bytes_are_bounded_and_one_hook_may_always_stay() {
        let templates = Templates::new(10 * PAGE);
        let [first, second, third] = ["first", "second", "third"].map(|name| hook(name, 1, ""));
        templates.put(&first, template(4));
        templates.put(&second, template(6));
        assert_eq!(templates.size(), (2, 10 * PAGE));
        templates.put(&third, template(1));
        assert!(templates.get(&first).is_none());
        assert_eq!(templates.size(), (2, 7 * PAGE));
        templates.put(&first, template(40));
        assert_eq!(templates.size(), (1, 40 * PAGE));
        templates.clear();
        assert_eq!(templates.size(), (0, 0));
    }

    #[test]
    fn a_new_version_or_body_is_another_hook_and_an_equal_one_replaces_it() {
        let templates = Templates::new(usize::MAX);
        let first = hook("same", 1, "a");
        templates.put(&first, template(1));
        assert!(templates.get(&hook("same", 1, "a")).is_some());
        assert!(templates.get(&hook("same", 2, "a")).is_none());
        assert!(templates.get(&hook("same", 1, "b")).is_none());
        templates.put(&hook("same", 1, "a"), template(3));
        assert_eq!(templates.size(), (1, 3 * PAGE));
    }
}
