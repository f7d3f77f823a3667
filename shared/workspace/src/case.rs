//! Test cases of hooks: `*.case.yaml`.
//!
//! A case has the input of a hook (event, secrets, variables, clock, HTTP exchanges) and the expected response, log and failure.
//! [`Case::load`] reports every mistake with its place, as [`Workspace::load`](crate::Workspace::load) does.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hookpoint_engine::{
    hook::outcome::FailureClass,
    identifier::{ApplicationId, HookName, SecretName, VariableName},
    stages::Stage,
};
use serde_json::{Map, Value};

use crate::{
    document,
    errors::{self, WorkspaceErrors},
    files::Files,
    problem::Problems,
    raw::RawCase,
};

/// The end of a case file's name.
pub const CASE_SUFFIX: &str = ".case.yaml";
/// Folders without cases, besides hidden ones.
const LEFT_OUT: [&str; 2] = ["node_modules", "target"];
/// Maximum depth of folders and number of cases.
const DEEPEST: usize = 16;
const MOST_CASES: usize = 10_000;

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The hook, by its name in the workspace.
    pub hook: HookName,
    /// The stage; absent if the hook has one binding.
    pub stage: Option<Stage>,
    /// The application that posts the event; the first one of the stage's kind when absent.
    pub application: Option<ApplicationId>,
    /// The event; the stage's sample when absent.
    pub event: Option<Map<String, Value>>,
    /// What differs from that event, as a JSON merge patch (RFC 7396).
    pub changes: Option<Map<String, Value>>,
    /// Values of secrets, by the names that the hook uses.
    pub secrets: BTreeMap<SecretName, String>,
    /// Variables, over those of application and binding.
    pub variables: BTreeMap<VariableName, String>,
    /// What the script's clock shows until the run ends; the real time when absent.
    pub time: Option<SystemTime>,
    /// Identifies the event; a new one when absent.
    pub correlation_id: Option<String>,
    /// The requests that the hook makes, each once, in any order.
    pub requests: Vec<ExpectedRequest>,
    /// The expected result.
    pub expect: Expectation,
}

/// A request of a hook and its reply.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedRequest {
    /// The method, in upper case.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Headers that it must have, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// Its body; any when absent.
    pub body: Option<Body>,
    /// What the hook gets.
    pub reply: CaseReply,
}

/// The body of a request or a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// JSON, equal as a value.
    Json(Value),
    /// Text, equal character by character.
    Text(String),
}

/// The reply to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseReply {
    /// A response.
    Response {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Option<Body>,
    },
    /// No response: `timeout` or `connection`.
    Failure(FailureClass),
    /// Nothing, until the script gives up or its time is over: `unanswered`.
    Unanswered,
}

/// The expected result of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expectation {
    /// The outcome; `ok` when absent.
    pub outcome: Option<String>,
    /// A part of the failure's message.
    pub error: Option<String>,
    /// The response, whole.
    pub response: Option<Map<String, Value>>,
    /// The lines of the log, all of them.
    pub log: Option<Vec<String>>,
    /// Whether the case has one.
    pub is_written: bool,
}

impl CaseReply {
    /// The failures that a request may end with.
    pub const FAILURES: [FailureClass; 2] = [FailureClass::Timeout, FailureClass::Connection];
    /// That it never ends.
    pub const UNANSWERED: &str = "unanswered";

    /// What `failure` of a request may be.
    pub fn failures() -> [&'static str; 3] {
        let [timeout, connection] = Self::FAILURES.map(FailureClass::as_str);
        [timeout, connection, Self::UNANSWERED]
    }
}

impl Body {
    /// The bytes that are sent.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// Every problem of the file, with its place and the fix.
    pub fn load(path: &Path) -> Result<Self, WorkspaceErrors> {
        let name = path.display().to_string();
        let text = errors::read_document(path, "case")?;
        Self::parse(&text, &name, path.parent().unwrap_or(Path::new("")))
    }

    /// Checks the text of a case. `file_name` is its name in messages; files it refers to are read from `folder`.
    ///
    /// # Errors
    /// Every problem of the text, with its place and the fix.
    pub fn parse(text: &str, file_name: &str, folder: &Path) -> Result<Self, WorkspaceErrors> {
        let mut files = Files::of_case(folder);
        let mut problems = Problems::new(file_name, text);
        let case = document::read(text, "hook: NAME", &mut problems)
            .and_then(|document| RawCase::read(&document, &mut problems))
            .and_then(|raw| raw.check(&mut files, &mut problems));
        match case {
            Some(case) if problems.is_empty() => Ok(case),
            _ => Err(problems.into_errors(files.into_named())),
        }
    }

    /// The event that the hook sees: `event` or the stage's sample, with `changes`.
    pub fn event_at(&self, stage: Stage) -> Map<String, Value> {
        let mut event = match &self.event {
            Some(event) => event.clone(),
            None => match stage.example() {
                Value::Object(members) => members,
                _ => Map::new(),
            },
        };
        if let Some(changes) = &self.changes {
            merge(&mut event, changes);
        }
        event
    }
}

/// Applies a JSON merge patch (RFC 7396, section 2).
pub fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(name);
            }
            Value::Object(inner) => {
                let member = target
                    .entry(name.clone())
                    .or_insert_with(|| Value::Object(Map::new()));
                if !member.is_object() {
                    *member = Value::Object(Map::new());
                }
                if let Value::Object(members) = member {
                    merge(members, inner);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

/// The files of cases below a folder, by name. Hidden folders, `node_modules` and `target` are left out, and links are not followed.
///
/// # Errors
/// A folder cannot be read.
pub fn case_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    files_below(folder, CASE_SUFFIX)
}

/// The files below a folder whose names end like this, as [`case_files`] looks for them.
///
/// # Errors
/// A folder cannot be read.
pub fn files_below(folder: &Path, suffix: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    // The parent of a bare file name is the empty path, which means the current folder.
    let start = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    collect(start, suffix, 0, &mut found)?;
    if folder.as_os_str().is_empty() {
        for path in &mut found {
            if let Ok(short) = path.strip_prefix(start) {
                *path = short.to_owned();
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The folders below a folder in which [`files_below`] looks, and itself. One that cannot be read has none below it.
pub fn folders_below(folder: &Path) -> Vec<PathBuf> {
    let start = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let mut found = Vec::new();
    let mut open = vec![(start.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten();
        for entry in entries.filter_map(Result::ok) {
            if depth < DEEPEST && is_searched(&entry) {
                open.push((entry.path(), depth + 1));
            }
        }
        found.push(folder);
    }
    found
}

/// Whether an entry of a folder is itself a folder that may have cases.
fn is_searched(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
    is_folder && !name.starts_with('.') && !LEFT_OUT.contains(&name.as_ref())
}

fn collect(folder: &Path, suffix: &str, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if is_searched(&entry) {
            collect(&entry.path(), suffix, depth + 1, found)?;
        } else if kind.is_file() && name.ends_with(suffix) && found.len() < MOST_CASES {
            found.push(entry.path());
        }
    }
    Ok(())
}
