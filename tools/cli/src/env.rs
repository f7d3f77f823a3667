//! The only place that reads the environment.

use std::{env, path::PathBuf};

/// Every variable that is valid text. Local secrets are among them; see `hookpoint_settings::LOCAL_SECRET`.
pub(crate) fn variables() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The bundler that the environment names.
pub(crate) fn bundler() -> Option<PathBuf> {
    let named = env::var_os(hookpoint_settings::BUNDLER.name)?;
    (!named.is_empty()).then(|| named.into())
}

/// The name of the user, as the system set it.
pub(crate) fn user() -> String {
    let known = variables();
    let names = ["USER", "LOGNAME", "USERNAME"].iter();
    let mut found = names.filter_map(|name| known.iter().find(|(known, _)| known == name));
    found
        .find(|(_, value)| !value.is_empty())
        .map_or_else(|| "unknown".to_owned(), |(_, value)| value.clone())
}

/// Where this program is.
pub(crate) fn own_path() -> Option<PathBuf> {
    env::current_exe().ok()
}

/// Whether the command is to print JSON: clap reads `--json` there too, unless it is the value of an option.
pub(crate) fn wants_json() -> bool {
    env::args_os()
        .skip(1)
        .take_while(|argument| argument != "--")
        .any(|argument| argument == "--json")
}

/// The program's name for commands to paste: `hookpoint` if it is on the path, else its own path.
pub(crate) fn program() -> String {
    env::args_os()
        .next()
        .and_then(|program| program.into_string().ok())
        .filter(|program| !program.is_empty())
        .unwrap_or_else(|| "hookpoint".to_owned())
}
