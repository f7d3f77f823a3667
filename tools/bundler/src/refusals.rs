//! What the guard refused while rolldown ran: rolldown says where, this says what and what to do.

use std::collections::BTreeMap;

/// Why a file or an import is refused, and the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Reason {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A refused import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// The file that it is in, as rolldown names it.
    pub(crate) importer: String,
    pub(crate) specifier: String,
    /// Whether it is a call, `import(…)`.
    pub(crate) is_call: bool,
}

/// Everything that was refused.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    pub(crate) imports: BTreeMap<Import, Reason>,
    /// Files that were read as if they were empty.
    pub(crate) files: BTreeMap<String, Reason>,
    /// The first reason that concerns the hook as a whole: a limit.
    pub(crate) whole: Option<Reason>,
}

impl Refusals {
    pub(crate) fn import(
        &mut self,
        importer: &str,
        specifier: &str,
        is_call: bool,
        reason: Reason,
    ) {
        let import = Import {
            importer: importer.to_owned(),
            specifier: specifier.to_owned(),
            is_call,
        };
        self.imports.entry(import).or_insert(reason);
    }

    pub(crate) fn file(&mut self, name: String, reason: Reason) {
        self.files.entry(name).or_insert(reason);
    }

    pub(crate) fn whole(&mut self, reason: Reason) {
        self.whole.get_or_insert(reason);
    }
}
