//! Changes of the text of a workspace or a case, which keep its comments and its form.

mod expectation;
mod flow;
mod write;

use std::fmt;

use serde_json::{Map, Value};

use crate::{
    document::{self, Node, NodeValue},
    errors::WorkspaceErrors,
    problem::Problems,
};

/// The sections in their usual order.
const ORDER: [&str; 7] = [
    "version",
    "secrets",
    "stores",
    "applications",
    "hooks",
    "bindings",
    "local",
];

/// What is added, by section. The caller leaves out names that a section already has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Additions {
    /// Names of secrets.
    pub secrets: Vec<String>,
    /// Names of stores.
    pub stores: Vec<String>,
    /// Applications by id.
    pub applications: Map<String, Value>,
    /// Hooks by name.
    pub hooks: Map<String, Value>,
    /// Bindings.
    pub bindings: Vec<Value>,
}

/// Why a text cannot be changed.
#[derive(Debug)]
pub enum EditError {
    /// It cannot be read.
    Unreadable(WorkspaceErrors),
    /// Its form is one that cannot be changed; the text says which.
    Form(String),
}

impl fmt::Display for EditError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(errors) => errors.fmt(formatter),
            Self::Form(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for EditError {}

impl Additions {
    /// The entries of a text, as they are written. `file_name` is its name in messages.
    ///
    /// # Errors
    /// The text is no YAML, or a section is not a mapping or a list where it must be one.
    pub fn read(text: &str, file_name: &str) -> Result<Self, EditError> {
        let mut problems = Problems::new(file_name, text);
        let Some(root) =
            document::read(text, "version: 1", &mut problems).filter(|_| problems.is_empty())
        else {
            return Err(EditError::Unreadable(problems.into_errors(Vec::new())));
        };
        let form = |section: &str| {
            EditError::Form(format!("`{section}` of `{file_name}` has another form"))
        };
        let Value::Object(mut sections) = root.to_json() else {
            return Err(EditError::Form("the workspace is not a mapping".to_owned()));
        };
        let mut list = |section: &str| match sections.remove(section) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(form(section)),
        };
        let names = |items: Vec<Value>| -> Vec<String> {
            let names = items.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        };
        let (secrets, stores) = (names(list("secrets")?), names(list("stores")?));
        let bindings = list("bindings")?;
        let mut mapping = |section: &str| match sections.remove(section) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(form(section)),
        };
        Ok(Self {
            secrets,
            stores,
            applications: mapping("applications")?,
            hooks: mapping("hooks")?,
            bindings,
        })
    }

    /// The text of a workspace with the additions, each at the end of its section. `file_name` is its name in messages.
    ///
    /// # Errors
    /// The text is no YAML, or its sections do not begin at the first column.
    pub fn add_to(&self, text: &str, file_name: &str) -> Result<String, EditError> {
        let mut edited = text.to_owned();
        for (name, items) in self.sections() {
            if !items.is_empty() {
                edited = insert(&edited, file_name, name, &items)?;
            }
        }
        Ok(edited)
    }

    /// The additions as sections of their own, for a person to copy.
    pub fn as_text(&self) -> String {
        let sections = self.sections();
        let filled = sections.iter().filter(|(_, items)| !items.is_empty());
        filled.map(|(name, items)| section(name, items)).collect()
    }

    fn sections(&self) -> [(&'static str, Items); 5] {
        let names = |names: &[String]| {
            Items::List(
                names
                    .iter()
                    .map(|name| Value::from(name.as_str()))
                    .collect(),
            )
        };
        [
            ("secrets", names(&self.secrets)),
            ("stores", names(&self.stores)),
            ("applications", Items::Mapping(self.applications.clone())),
            ("hooks", Items::Mapping(self.hooks.clone())),
            ("bindings", Items::List(self.bindings.clone())),
        ]
    }
}

/// What is added to one section.
enum Items {
    List(Vec<Value>),
    Mapping(Map<String, Value>),
}

impl Items {
    fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Mapping(members) => members.is_empty(),
        }
    }

    /// Lines in block style.
    fn block(&self, indent: usize) -> String {
        match self {
            Self::List(items) => write::items(items, indent),
            Self::Mapping(members) => write::mapping(members, indent),
        }
    }

    /// What goes between the brackets of flow style.
    fn flow(&self) -> String {
        let whole = match self {
            Self::List(items) => write::flow(&Value::Array(items.clone())),
            Self::Mapping(members) => write::flow(&Value::Object(members.clone())),
        };
        let inner = &whole[1..whole.len() - 1];
        inner.trim().to_owned()
    }
}

/// A new section. Short names stand on the line of the key.
fn section(name: &str, items: &Items) -> String {
    if let Items::List(list) = items
        && list.iter().all(Value::is_string)
    {
        return format!("{name}: [{}]\n", items.flow());
    }
    format!("{name}:\n{}", items.block(2))
}

fn insert(text: &str, file_name: &str, name: &str, items: &Items) -> Result<String, EditError> {
    let mut problems = Problems::new(file_name, text);
    let root = document::read(text, "version: 1", &mut problems);
    let Some(root) = root.filter(|_| problems.is_empty()) else {
        return Err(EditError::Unreadable(problems.into_errors(Vec::new())));
    };
    let NodeValue::Mapping(entries) = &root.value else {
        return Err(EditError::Form("the workspace is not a mapping".to_owned()));
    };
    if entries.iter().any(|entry| entry.key.place.column != 1) {
        return Err(EditError::Form(
            "the sections of the workspace do not begin at the first column".to_owned(),
        ));
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(entry) = entries.iter().find(|entry| entry.key.value == name) {
        let key_line = entry.key.place.line - 1;
        let next = entries.iter().map(|other| other.key.place.line - 1);
        let next = next.filter(|line| *line > key_line).min();
        let end = content_end(&lines, key_line, next.unwrap_or(lines.len()));
        extend(&mut lines, &entry.node, key_line, end, items)?;
    } else {
        let later = ORDER.iter().skip_while(|known| **known != name).skip(1);
        let before = later
            .filter_map(|later| entries.iter().find(|entry| entry.key.value == **later))
            .map(|entry| entry.key.place.line - 1)
            .min();
        add_section(&mut lines, before, &section(name, items));
    }
    let mut edited = lines.join("\n");
    edited.push('\n');
    Ok(if text.contains("\r\n") {
        edited.replace('\n', "\r\n")
    } else {
        edited
    })
}

/// The line after the last one of a section: without blank lines and comments that belong to the next one.
fn content_end(lines: &[String], key_line: usize, next: usize) -> usize {
    let is_content = |line: &String| !(line.trim().is_empty() || line.starts_with('#'));
    let ends = ["---", "..."];
    let section = &lines[key_line..next];
    let within = section
        .iter()
        .position(|line| ends.contains(&line.trim_end()))
        .unwrap_or(section.len());
    let last = section[..within].iter().rposition(is_content);
    key_line + last.map_or(1, |last| last + 1)
}

fn extend(
    lines: &mut Vec<String>,
    node: &Node,
    key_line: usize,
    end: usize,
    items: &Items,
) -> Result<(), EditError> {
    let is_empty = match &node.value {
        NodeValue::Null => true,
        NodeValue::Mapping(entries) => entries.is_empty(),
        NodeValue::List(list) => list.is_empty(),
        _ => false,
    };
    let at = node.place.line - 1;
    let opening = lines
        .get(at)
        .and_then(|line| line.chars().nth(node.place.column - 1));
    // A list in block style begins where its first item does.
    let is_flow = match &node.value {
        NodeValue::List(_) => opening == Some('['),
        _ => opening == Some('{'),
    };
    if is_empty {
        let key = &lines[key_line];
        let colon = key.find(':').map_or(key.len(), |colon| colon + 1);
        // What follows the key is nothing, `{}` or a comment; a comment stays.
        let comment = key[colon..].find('#').map(|start| colon + start);
        let comment = comment.map_or(String::new(), |start| format!(" {}", &key[start..]));
        lines[key_line] = format!("{}{comment}", &key[..colon]);
        if is_flow && at != key_line {
            return Err(EditError::Form(format!(
                "line {} has an empty collection: remove it",
                at + 1
            )));
        }
        let block = items.block(2);
        lines.splice(end..end, block.lines().map(str::to_owned));
    } else if is_flow {
        flow::insert(lines, at, node.place.column - 1, &items.flow())?;
    } else {
        let first = lines[key_line + 1..end].iter().find(|line| {
            let line = line.trim_start();
            !(line.is_empty() || line.starts_with('#'))
        });
        let indent = first.map_or(2, |line| line.len() - line.trim_start().len());
        let block = items.block(indent);
        lines.splice(end..end, block.lines().map(str::to_owned));
    }
    Ok(())
}

/// Adds a section before a line, and above the comments that belong to it; at the end without one.
fn add_section(lines: &mut Vec<String>, before: Option<usize>, text: &str) {
    let mut at = before.unwrap_or(lines.len());
    if before.is_some() {
        while at > 0 && lines[at - 1].starts_with('#') {
            at -= 1;
        }
    } else {
        while at > 0 && lines[at - 1].trim().is_empty() {
            at -= 1;
        }
        lines.truncate(at);
    }
    let mut added: Vec<String> = text.lines().map(str::to_owned).collect();
    if at > 0 && !lines[at - 1].trim().is_empty() {
        added.insert(0, String::new());
    }
    if before.is_some() {
        added.push(String::new());
    }
    lines.splice(at..at, added);
}

#[cfg(test)]
mod tests;
