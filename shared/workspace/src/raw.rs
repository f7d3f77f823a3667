//! The syntax of the file: every key is known and every value has the right kind. [`crate::check`] checks the meaning.

mod application;
mod binding;
pub(crate) mod case;
pub mod fields;
mod hook;
mod local;
mod workspace;

pub(crate) use self::{
    application::RawApplication,
    binding::{RawBinding, RawFailure, RawVersion},
    case::RawCase,
    hook::{RawHook, RawImplementation, RawResponse, RawScript, RawWebhook, ScriptSource},
    local::RawLocal,
    workspace::RawWorkspace,
};
use crate::document::Spanned;

/// Text and its place in the file.
pub type Text = Spanned<String>;
/// Names with texts, in the order of the file.
pub type Texts = Vec<(Text, Text)>;
