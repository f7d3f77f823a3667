//! The only place that reads the environment.

use std::{env, ffi::OsString, path::PathBuf};

/// The words of the command line.
pub(crate) fn arguments() -> Vec<OsString> {
    env::args_os().collect()
}

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

/// The name of the user: as the environment has it, else that of the process's user id, else `uid 1000`.
pub(crate) fn user() -> String {
    let known = variables();
    let names = ["USER", "LOGNAME", "USERNAME"].iter();
    let mut found = names.filter_map(|name| known.iter().find(|(known, _)| known == name));
    found
        .find(|(_, value)| !value.is_empty())
        .map_or_else(user_of_process, |(_, value)| value.clone())
}

#[cfg(unix)]
fn user_of_process() -> String {
    let uid = rustix::process::getuid().as_raw();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(uid, &accounts).unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(not(unix))]
fn user_of_process() -> String {
    "unknown".to_owned()
}

/// The account with this id, from lines such as `ada:x:1000:1000::/home/ada:/bin/sh`.
#[cfg(unix)]
fn name_of(uid: u32, accounts: &str) -> Option<String> {
    let mut lines = accounts.lines();
    lines.find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let id: u32 = fields.nth(1)?.parse().ok()?;
        (id == uid).then(|| name.to_owned())
    })
}

/// Whether the terminal can move its cursor and erase: all but those that call themselves `dumb`.
pub(crate) fn has_control_sequences() -> bool {
    env::var_os("TERM").is_none_or(|kind| kind != "dumb")
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

/// The program's name for commands to paste in another folder.
pub(crate) fn program_elsewhere() -> String {
    let program = program();
    let path = PathBuf::from(&program);
    let is_relative = path.is_relative() && path.components().nth(1).is_some();
    let own = own_path().filter(|_| is_relative);
    own.and_then(|own| own.into_os_string().into_string().ok())
        .unwrap_or(program)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_id() {
        let accounts = "root:x:0:0::/root:/bin/sh\n# note\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(name_of(1000, accounts).as_deref(), Some("ada"));
        assert_eq!(name_of(1, accounts), None);
        assert_ne!(user_of_process(), "unknown");
    }
}
