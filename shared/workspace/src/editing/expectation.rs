//! Another expectation in the text of a case, which keeps its other lines, its comments and its line ends.

use serde_json::{Map, Value};

use super::{EditError, flow};
use crate::{
    Case,
    document::{self, Entry, NodeValue},
    problem::Problems,
    to_yaml,
};

const EXPECT: &str = "expect";

impl Case {
    /// The text of a case with these members of `expect`. Members that already have the expected value keep their text.
    /// Comments stay, except within a changed value that is not a mapping. `file_name` is its name in messages.
    ///
    /// # Errors
    /// The text is no YAML, or has a form in which an expectation cannot be replaced.
    pub fn expecting(
        text: &str,
        file_name: &str,
        expected: &Map<String, Value>,
    ) -> Result<String, EditError> {
        let (mark, text) = match text.strip_prefix('\u{feff}') {
            Some(text) => ("\u{feff}", text),
            None => ("", text),
        };
        let entries = entries(text, file_name)?;
        let mut lines = Lines::of(text);
        let value = Value::Object(expected.clone());
        match entries.iter().position(|entry| entry.key.value == EXPECT) {
            Some(at) => {
                let next = entries[at + 1..].iter().map(first_line).min();
                lines.set(&entries[at], next.unwrap_or(lines.lines.len()), &value)?;
            }
            None => lines.insert(lines.lines.len(), 0, &single(EXPECT, &value)),
        }
        let edited = lines.lines.concat();
        let is_it = entries_of(&edited).is_some_and(|entries| {
            let found = entries.iter().find(|entry| entry.key.value == EXPECT);
            found.is_some_and(|entry| entry.node.to_json() == value)
        });
        if !is_it {
            return Err(form("`expect` cannot be replaced where it stands"));
        }
        Ok(format!("{mark}{edited}"))
    }
}

fn form(reason: &str) -> EditError {
    EditError::Form(reason.to_owned())
}

fn entries(text: &str, file_name: &str) -> Result<Vec<Entry>, EditError> {
    let mut problems = Problems::new(file_name, text);
    let root = document::read(text, "hook: NAME", &mut problems);
    match root.map(|root| root.value) {
        Some(NodeValue::Mapping(entries)) if problems.is_empty() => Ok(entries),
        Some(_) if problems.is_empty() => Err(form("the case is not a mapping")),
        _ => Err(EditError::Unreadable(problems.into_errors(Vec::new()))),
    }
}

fn entries_of(text: &str) -> Option<Vec<Entry>> {
    entries(text, "").ok()
}

fn single(name: &str, value: &Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value.clone())])
}

fn first_line(entry: &Entry) -> usize {
    entry.key.place.line - 1
}

/// The lines of a text, each with its end.
struct Lines {
    lines: Vec<String>,
    end: &'static str,
}

impl Lines {
    fn of(text: &str) -> Self {
        Self {
            lines: text.split_inclusive('\n').map(str::to_owned).collect(),
            end: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// A line without its end.
    fn content(&self, line: usize) -> &str {
        self.lines[line].trim_end_matches(['\r', '\n'])
    }

    fn insert(&mut self, at: usize, indent: usize, members: &Map<String, Value>) {
        if let Some(last) = at.checked_sub(1)
            && !self.lines[last].ends_with('\n')
        {
            self.lines[last].push_str(self.end);
        }
        let written = to_yaml(members, indent);
        let written = written.lines().map(|line| format!("{line}{}", self.end));
        self.lines.splice(at..at, written.collect::<Vec<_>>());
    }

    /// Gives an entry, which ends before the line `next`, another value.
    fn set(&mut self, entry: &Entry, next: usize, value: &Value) -> Result<(), EditError> {
        let (key_line, indent) = (first_line(entry), entry.key.place.column - 1);
        if self
            .content(key_line)
            .chars()
            .take(indent)
            .any(|character| character != ' ')
        {
            return Err(form(
                "`expect`, or a member of it, shares its line with another key",
            ));
        }
        let is_flow = self.opens_with(entry, '{');
        let end = if self.is_on_one_line(entry) {
            // Comments below stay.
            key_line + 1
        } else {
            self.content_end(key_line, indent, next)
        };
        match (&entry.node.value, value) {
            (NodeValue::Mapping(inner), Value::Object(members))
                if !inner.is_empty() && !members.is_empty() && !is_flow =>
            {
                self.update(inner, end, members)
            }
            (NodeValue::Null, Value::Object(members))
                if !members.is_empty() && self.is_bare(entry) =>
            {
                let end = self.content_end(key_line, indent, next);
                self.insert(end, indent + 2, members);
                Ok(())
            }
            _ => {
                let comment = self.comment(entry);
                // Those between the key and its value.
                let above = key_line + 1..(entry.node.place.line - 1).clamp(key_line + 1, end);
                let kept: Vec<String> = self.lines[above].to_vec();
                self.lines.drain(key_line..end);
                self.insert(key_line, indent, &single(&entry.key.value, value));
                if let Some(comment) = comment {
                    let with = format!("{} {comment}{}", self.content(key_line), self.end);
                    self.lines[key_line] = with;
                }
                self.lines.splice(key_line..key_line, kept);
                Ok(())
            }
        }
    }

    /// Gives a mapping in block style, which ends before the line `end`, these members.
    fn update(
        &mut self,
        entries: &[Entry],
        end: usize,
        members: &Map<String, Value>,
    ) -> Result<(), EditError> {
        let has = |name: &String| entries.iter().any(|entry| entry.key.value == *name);
        let added = members.iter().filter(|(name, _)| !has(name));
        let added: Map<_, _> = added
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let indent = entries
            .first()
            .map_or(2, |first| first.key.place.column - 1);
        self.insert(end, indent, &added);
        // From below, so that the lines above stay where they are.
        for (index, entry) in entries.iter().enumerate().rev() {
            let next = entries.get(index + 1).map_or(end, first_line);
            match members.get(&entry.key.value) {
                None => {
                    let end = self.content_end(first_line(entry), indent, next);
                    self.lines.drain(first_line(entry)..end);
                }
                Some(value) if *value == entry.node.to_json() => {}
                Some(value) => self.set(entry, next, value)?,
            }
        }
        Ok(())
    }

    /// The line after the last one of an entry: without blank lines, and without comments that are no deeper than its key.
    fn content_end(&self, key_line: usize, indent: usize, next: usize) -> usize {
        let is_mark = |line: usize| ["---", "..."].contains(&self.content(line).trim_end());
        let within = (key_line + 1..next)
            .find(|line| is_mark(*line))
            .unwrap_or(next);
        let is_content = |line: &usize| {
            let text = self.content(*line).trim_start();
            let deep = self.content(*line).len() - text.len();
            !text.is_empty() && (!text.starts_with('#') || deep > indent)
        };
        let last = (key_line + 1..within).rev().find(is_content);
        last.unwrap_or(key_line) + 1
    }

    fn opens_with(&self, entry: &Entry, bracket: char) -> bool {
        let place = entry.node.place;
        let line = self.lines.get(place.line - 1);
        line.and_then(|line| line.chars().nth(place.column - 1)) == Some(bracket)
    }

    fn is_collection(&self, entry: &Entry) -> bool {
        match entry.node.value {
            NodeValue::Mapping(_) => self.opens_with(entry, '{'),
            NodeValue::List(_) => self.opens_with(entry, '['),
            _ => false,
        }
    }

    /// Whether the value stands beside its key, and ends there.
    fn is_on_one_line(&self, entry: &Entry) -> bool {
        let (key, node) = (entry.key.place, entry.node.place);
        if self.is_collection(entry) {
            let closing = flow::closing(&self.lines, node.line - 1, node.column - 1);
            return closing.is_some_and(|(line, _)| line + 1 == key.line);
        }
        let is_scalar = !matches!(
            entry.node.value,
            NodeValue::Mapping(_) | NodeValue::List(_) | NodeValue::Null
        );
        is_scalar && node.line == key.line && node.width != usize::MAX
    }

    /// The comment behind a key and what of its value stands on the same line.
    fn comment(&self, entry: &Entry) -> Option<String> {
        let node = entry.node.place;
        let rest = if self.is_collection(entry) {
            self.behind(node)?
        } else if self.is_on_one_line(entry) {
            let line = self.content(first_line(entry)).chars();
            line.skip(node.column - 1 + node.width).collect()
        } else {
            let value = self.behind_colon(entry)?;
            // A null that is written has no place of its own.
            value
                .trim_start_matches(|part: char| part.is_alphabetic() || part == '~')
                .to_owned()
        };
        let comment = rest.trim();
        comment.starts_with('#').then(|| comment.to_owned())
    }

    /// Whether nothing but a comment follows the key on its line.
    fn is_bare(&self, entry: &Entry) -> bool {
        let value = self.behind_colon(entry).unwrap_or_default();
        value.is_empty() || value.starts_with('#')
    }

    /// What follows a key and its colon on their line.
    fn behind_colon(&self, entry: &Entry) -> Option<&str> {
        let key = entry.key.place;
        let line = self.content(first_line(entry));
        let (start, _) = line.char_indices().nth(key.column - 1 + key.width)?;
        Some(line[start..].trim_start().strip_prefix(':')?.trim_start())
    }

    /// What follows the collection in flow style that begins at a place.
    fn behind(&self, place: document::Place) -> Option<String> {
        let (line, bracket) = flow::closing(&self.lines, place.line - 1, place.column - 1)?;
        Some(self.content(line)[bracket + 1..].to_owned())
    }
}

#[cfg(test)]
mod tests;
