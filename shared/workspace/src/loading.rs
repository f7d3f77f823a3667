//! Reads a workspace.

use std::path::Path;

use crate::{
    bundling::{Bundler, NoBundler},
    check,
    document::{self, Node, NodeValue},
    errors::{self, WorkspaceErrors},
    files::Files,
    problem::Problems,
    raw::RawWorkspace,
    workspace::Workspace,
};

impl Workspace {
    /// Reads a workspace file and the files it refers to, where hooks are plain scripts.
    pub fn load(path: &Path) -> Result<Self, WorkspaceErrors> {
        Self::load_with(path, &NoBundler)
    }

    /// Reads a workspace file and the files it refers to. Blocks while hooks are bundled.
    pub fn load_with(path: &Path, bundler: &dyn Bundler) -> Result<Self, WorkspaceErrors> {
        let name = path.display().to_string();
        let text = errors::read_document(path, "workspace")?;
        let folder = path.parent().unwrap_or(Path::new(""));
        match Self::parse_with(&text, &name, folder, bundler) {
            Ok(workspace) => Ok(workspace.watching(path)),
            Err(errors) => Err(errors.watching(path)),
        }
    }

    /// The names of the applications of a workspace file, without the files that it refers to; `None` if it cannot be read.
    pub fn applications_in(path: &Path) -> Option<Vec<String>> {
        match section(path, "applications")? {
            NodeValue::Null => Some(Vec::new()),
            NodeValue::Mapping(applications) => {
                let ids = applications.into_iter().map(|entry| entry.key.value);
                Some(ids.collect())
            }
            _ => None,
        }
    }

    /// The secrets that a workspace file declares, without the files that it refers to; `None` if it cannot be read.
    pub fn secrets_in(path: &Path) -> Option<Vec<String>> {
        let name = |node: Node| match node.value {
            NodeValue::Text(name) => Some(name),
            _ => None,
        };
        match section(path, "secrets")? {
            NodeValue::Null => Some(Vec::new()),
            NodeValue::List(names) => names.into_iter().map(name).collect(),
            _ => None,
        }
    }

    /// Checks the text of a workspace, where hooks are plain scripts. `file_name` is its name in messages; files it refers to are
    /// read from `folder`.
    pub fn parse(text: &str, file_name: &str, folder: &Path) -> Result<Self, WorkspaceErrors> {
        Self::parse_with(text, file_name, folder, &NoBundler)
    }

    /// Checks the text of a workspace, and has its hooks bundled meanwhile.
    pub fn parse_with(
        text: &str,
        file_name: &str,
        folder: &Path,
        bundler: &dyn Bundler,
    ) -> Result<Self, WorkspaceErrors> {
        let mut files = Files::new(folder, bundler);
        let mut problems = Problems::new(file_name, text);
        let checked = document::read(text, "version: 1", &mut problems)
            .and_then(|document| RawWorkspace::read(&document, &mut problems))
            .map(|raw| check::check(&raw, &mut files, &mut problems));
        let files = files.into_named();
        let workspace = checked.map(|checked| Self::of(checked, files.clone()));
        match workspace {
            Some(workspace) if problems.is_empty() => Ok(workspace),
            part => Err(problems.into_errors(files).with_valid_part(part)),
        }
    }
}

/// A section of a workspace file, null if there is none; `None` if the file cannot be read.
fn section(path: &Path, name: &str) -> Option<NodeValue> {
    let text = errors::read_document(path, "workspace").ok()?;
    let mut problems = Problems::new("", &text);
    let document = document::read(&text, "version: 1", &mut problems)?;
    if !problems.is_empty() {
        return None;
    }
    let NodeValue::Mapping(members) = document.value else {
        return None;
    };
    let mut members = members.into_iter();
    let section = members.find(|entry| entry.key.value == name);
    Some(section.map_or(NodeValue::Null, |entry| entry.node.value))
}
