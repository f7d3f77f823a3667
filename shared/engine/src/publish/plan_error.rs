//! Why a desired state cannot be published.

use hookpoint_stages::Stage;
use thiserror::Error;

use crate::identifier::{BindingId, HookName};

/// A desired state that the stored one does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A binding names a hook that the workspace does not have.
    #[error(
        "binding `{binding}` at `{stage}` names hook `{hook}`, which the workspace does not have"
    )]
    MissingHook {
        /// The binding.
        binding: BindingId,
        /// Its stage.
        stage: Stage,
        /// The hook.
        hook: HookName,
    },
    /// A binding pins a version that does not exist.
    #[error(
        "binding `{binding}` at `{stage}` pins version {version} of hook `{hook}`, which does not exist; remove `version`, or choose one that `hookpoint hooks versions {hook}` lists"
    )]
    MissingVersion {
        /// The binding.
        binding: BindingId,
        /// Its stage.
        stage: Stage,
        /// The hook.
        hook: HookName,
        /// The version.
        version: u32,
    },
}
