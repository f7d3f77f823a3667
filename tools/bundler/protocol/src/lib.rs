//! What the command line and the bundler say to each other, and how large it may be.
//!
//! The bundler reads one [`Message`] with a [`Request`] a line from standard input and writes one with a [`Reply`] a line
//! to standard output. A process serves any number of requests, one after the other, and ends with its input.

mod limit;
mod problem;

use std::path::PathBuf;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::{
    limit::{
        AUTHORED_LIMIT, BUNDLE_LIMIT, DEEPEST_IMPORT, LARGEST_FILE, LINE_LIMIT, MOST_BYTES,
        MOST_FILES, MOST_MEMORY, MOST_PROBLEMS,
    },
    problem::{MARK, Problem},
};

/// The names of lock files that are text. Those of npm, the first two, are read.
pub const LOCK_FILES: [&str; 5] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
];

/// Installs what the lock file names, and runs no code of a package. Older releases of npm warn about flags that they do not know.
pub const INSTALL: &str = "npm ci --ignore-scripts --allow-git=none --allow-remote=none --allow-file=none --allow-directory=none";

/// The member that says in the source map of a bundle that it has the `CommonJS` form. No text in the map can look like it: there,
/// quotes are escaped.
pub const COMMON_JS: &str = r#""x_form":"commonjs""#;

/// The member of the source map of a bundle that names the hook's file among the sources, if the workspace names a link to it.
pub const ENTRY: &str = "x_entry";

/// The version of the protocol. The two programs are installed one by one, so each checks the other's.
pub const VERSION: u32 = 2;

/// One line, in either direction.
#[derive(Debug, Serialize, Deserialize)]
pub struct Message<T> {
    /// The writer's [`VERSION`].
    pub version: u32,
    /// What it says. Absent for a reader that does not know the version.
    #[serde(default = "Option::default")]
    pub content: Option<T>,
}

/// What to bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The folder of the workspace. No file outside is read.
    pub folder: PathBuf,
    /// The hook's file, relative to the folder, with `/` between names.
    pub entry: String,
    /// The modules that the sandbox offers, with their prefix: `node:crypto`.
    pub built_ins: Vec<String>,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply {
    /// The file is a script as it is: plain JavaScript that imports nothing but built-in modules.
    AsWritten,
    /// A bundle.
    Bundled(Bundle),
    /// It cannot be bundled.
    Refused(Refusal),
}

/// One script made of several files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The script, of at most [`BUNDLE_LIMIT`] bytes.
    pub code: String,
    /// Its source map as JSON: sources relative to the folder, the text of authored files alone.
    pub map: String,
    /// The files that it is made of and those that decide which, relative to the folder.
    pub files: Vec<String>,
    /// Those of them that determine its content besides its modules, in the hook's folder or in the nearest one above it that has such a
    /// file: `package.json`, its lock files, `tsconfig.json` and what that extends.
    pub configuration: Vec<String>,
}

/// Why a hook cannot be bundled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// At least one, at most [`MOST_PROBLEMS`].
    pub problems: Vec<Problem>,
    /// The files that were read or are missing, relative to the folder: a change to one may fix it.
    pub files: Vec<String>,
}

/// A message as a line, with its end.
pub fn to_line<T: Serialize>(content: T) -> String {
    let message = Message {
        version: VERSION,
        content: Some(content),
    };
    // Texts and numbers always serialise, and JSON escapes line ends.
    let mut line = serde_json::to_string(&message).unwrap_or_default();
    line.push('\n');
    line
}

/// The content of a line.
///
/// # Errors
/// A sentence: the other program is of another version, or it said something else.
pub fn from_line<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    let version: Message<serde::de::IgnoredAny> = serde_json::from_str(line)
        .map_err(|error| format!("a line that is not a message: {error}"))?;
    if version.version != VERSION {
        return Err(format!(
            "it speaks version {} of the protocol, not {VERSION}",
            version.version
        ));
    }
    let message: Message<T> =
        serde_json::from_str(line).map_err(|error| format!("an unknown message: {error}"))?;
    message.content.ok_or_else(|| "an empty message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let request = Request {
            folder: "a\nb".into(),
            entry: "hooks/ü.ts".to_owned(),
            built_ins: vec!["node:crypto".to_owned()],
        };
        let line = to_line(&request);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(from_line(&line), Ok(request));
    }

    #[test]
    fn another_version_is_named_before_its_content_is_read() {
        let line = r#"{"version":7,"content":{"something":"else"}}"#;
        let error = from_line::<Reply>(line).unwrap_err();
        assert_eq!(error, "it speaks version 7 of the protocol, not 2");
    }

    #[test]
    fn other_lines_are_errors() {
        for line in [
            "",
            "null",
            "[]",
            "{",
            r#"{"version":1}"#,
            r#"{"version":1,"content":3}"#,
        ] {
            assert!(from_line::<Reply>(line).is_err(), "{line}");
        }
    }
}
