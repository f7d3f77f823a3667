//! The result of reading a workspace that has problems.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::{
    document,
    files::{self, Unreadable},
    problem::{Problem, Problems},
    workspace::Workspace,
};

/// All problems of a workspace; never empty.
#[derive(Debug, Clone)]
pub struct WorkspaceErrors {
    problems: Vec<Problem>,
    omitted: usize,
    files: Vec<PathBuf>,
    valid_part: Option<Box<Workspace>>,
}

impl WorkspaceErrors {
    /// The problems, those of `hookpoint.yaml` first, by line.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The hooks without a problem, and the bindings without one of their own, for advice on them in the same round; not to be published. Absent if the file
    /// cannot be read as YAML.
    pub fn valid_part(&self) -> Option<&Workspace> {
        self.valid_part.as_deref()
    }

    /// As [`Display`](fmt::Display) shows them, with source lines cut to this many columns.
    pub fn within(&self, columns: usize) -> String {
        self.blocks(|problem| problem.within(columns))
    }

    /// One block per problem, with an empty line between them and none at the end.
    fn blocks(&self, block: impl Fn(&Problem) -> String) -> String {
        let mut blocks: Vec<String> = self.problems.iter().map(block).collect();
        if self.omitted > 0 {
            blocks.push(format!("and {} more", self.omitted));
        }
        blocks.join("\n\n")
    }

    pub(crate) fn with_valid_part(mut self, part: Option<Workspace>) -> Self {
        self.valid_part = part.map(Box::new);
        self
    }

    /// The files to watch for a fix: those of a valid workspace, as far as they are known.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The problems of files that are named from a folder, with names from where that folder is named.
    #[must_use]
    pub fn below(mut self, folder: &Path) -> Self {
        for problem in &mut self.problems {
            problem.file = folder.join(&problem.file).display().to_string();
        }
        self
    }

    /// Adds the workspace file itself to the files to watch.
    pub(crate) fn watching(mut self, workspace: &Path) -> Self {
        self.files.insert(0, workspace.to_owned());
        self
    }
}

impl fmt::Display for WorkspaceErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.blocks(Problem::to_string))
    }
}

impl std::error::Error for WorkspaceErrors {}

impl Serialize for WorkspaceErrors {
    /// `{"errors": […], "omitted": n}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("WorkspaceErrors", 2)?;
        object.serialize_field("errors", &self.problems)?;
        object.serialize_field("omitted", &self.omitted)?;
        object.end()
    }
}

impl Problems<'_> {
    /// Converts to an error, sorted by line, this file's problems first.
    pub fn into_errors(self, files: Vec<PathBuf>) -> WorkspaceErrors {
        let (problems, omitted) = self.into_sorted();
        WorkspaceErrors {
            problems,
            omitted,
            files,
            valid_part: None,
        }
    }
}

/// Reads the text of a document; `what` it is, for messages.
pub(crate) fn read_document(path: &Path, what: &str) -> Result<String, WorkspaceErrors> {
    let limit = document::LARGEST_DOCUMENT;
    let read = files::read_limited(path, limit);
    let read = read.map(|text| files::without_mark(&text).to_owned());
    read.map_err(|unreadable| {
        let (reason, help) = unreadable.explain(limit);
        let help = match &unreadable {
            // A document is named on the command line, a file that it refers to in it.
            Unreadable::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                "create it, or correct the path (a relative one begins in the current folder)"
            }
            _ => help,
        };
        let name = path.display().to_string();
        let mut problems = Problems::new(&name, "");
        problems.push_for_file(format!("the {what} {reason}"), help);
        problems.into_errors(vec![path.to_owned()])
    })
}
