//! The plugin library: what plugins there are, what each asks for, and what it adds to a workspace.
//!
//! A plugin is a folder below `plugins/`: a manifest, hooks in TypeScript, their cases, a manual and an icon. [`Library`] reads them,
//! [`Manifest`] is a checked `plugin.yaml`, [`Values`] are the parameters that an author gave, and [`Installation`] is everything that
//! they add. `docs/plugins.md` describes the format. Nothing here writes a file.

mod entries;
mod installation;
mod library;
mod lint;
mod manifest;
mod parameter;
mod plugin;
mod record;
mod search;
#[cfg(test)]
mod tests;
mod values;
mod version;

pub use self::{
    entries::{EntryChanges, OpenEntries, OwnEntries},
    installation::{Installation, Site},
    library::{Library, UnknownPlugin},
    lint::lint,
    manifest::{Binding, CATEGORIES, HookDraft, Manifest, Need},
    parameter::{Kind, Parameter},
    plugin::Plugin,
    record::{Change, FileChange, RECORD_FILE, Record, is_inside},
    values::{ValueError, Values},
    version::Version,
};
