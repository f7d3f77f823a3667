//! `hookpoint hooks`: the published hooks.

pub(crate) mod settings;
