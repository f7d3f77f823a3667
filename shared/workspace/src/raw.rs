//! What the file says, shape by shape: every key is known and every value has the right kind, but nothing is related to
//! anything else yet. [`crate::check`] finds out what it means.

mod application;
mod binding;
mod fields;
mod hook;
mod local;
mod workspace;

pub(crate) use self::{
    application::RawApplication,
    binding::{RawBinding, RawFailure, RawVersion},
    hook::{RawHook, RawImplementation, RawResponse, RawScript, RawWebhook, ScriptSource},
    local::RawLocal,
    workspace::RawWorkspace,
};
use crate::document::Spanned;

/// Text with its place.
pub(crate) type Text = Spanned<String>;
/// Names with texts, in the order of the file.
pub(crate) type Texts = Vec<(Text, Text)>;
