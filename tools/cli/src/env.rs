//! The environment, read in one place.

use std::env;

/// Every variable that is text. Local secrets are looked up among them; see `hookpoint_settings::LOCAL_SECRET`.
pub(crate) fn variables() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// How this program was called, for commands to paste: `hookpoint` when it is on the path, else where it is.
pub(crate) fn program() -> String {
    env::args_os()
        .next()
        .and_then(|program| program.into_string().ok())
        .filter(|program| !program.is_empty())
        .unwrap_or_else(|| "hookpoint".to_owned())
}
