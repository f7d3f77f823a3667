//! What rolldown and the guard found wrong, as problems in the author's words and files.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hookpoint_bundler_protocol::{MARK, Problem};
use rolldown::BundleOutput;
use rolldown_error::{BuildDiagnostic, DiagnosticOptions, EventKind};
use serde_json::Value;

use crate::{
    folder::{broken_json, name_in, read_inside},
    import::place_of,
    package::{self, is_of_package},
    refusals::{Import, Reason, Refusals},
};

/// One hook's files.
pub(crate) struct Diagnosis<'a> {
    pub(crate) folder: &'a Path,
    /// The hook's file, as the workspace names it.
    pub(crate) entry: &'a str,
    /// The text of what was read, by name.
    pub(crate) files: &'a BTreeMap<String, String>,
}

/// What is wrong with a hook's files.
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    /// Whether everything that the hook imports was found and read: only then is it known which packages it uses.
    pub(crate) is_complete: bool,
}

impl Diagnosis<'_> {
    /// Finds what is wrong with the output, if there is one, and beside it.
    pub(crate) fn of(
        &self,
        output: Option<&BundleOutput>,
        errors: &[BuildDiagnostic],
        refusals: Refusals,
    ) -> Findings {
        if let Some(reason) = refusals.whole {
            // What follows from files that were left out would only distract.
            return Findings {
                problems: vec![Problem::of_file(self.entry, reason.message, reason.help)],
                is_complete: false,
            };
        }
        let of_file =
            |(name, reason): (String, Reason)| Problem::of_file(name, reason.message, reason.help);
        let mut problems: Vec<Problem> = refusals.files.into_iter().map(of_file).collect();
        let imports = refusals.imports.into_iter();
        problems.extend(imports.map(|(import, reason)| self.refused(&import, reason)));
        let warnings = output.map_or(&[][..], |output| &output.warnings[..]);
        let unresolved = warnings
            .iter()
            .filter(|warning| matches!(warning.kind(), EventKind::UnresolvedImport));
        problems.extend(unresolved.map(|warning| self.reported(warning)));
        let is_complete = problems.is_empty() && output.is_some();
        problems.extend(errors.iter().flat_map(|error| match error.kind() {
            EventKind::JsonParseError => self.broken_json(),
            _ => vec![self.reported(error)],
        }));
        problems.sort_by(|left, right| {
            let key = |problem: &Problem| {
                (
                    is_of_package(&problem.file),
                    problem.file.clone(),
                    problem.line,
                    problem.column,
                    problem.message.clone(),
                )
            };
            key(left).cmp(&key(right))
        });
        problems.dedup();
        if output.is_none() && problems.is_empty() {
            problems.push(Problem::of_file(
                self.entry,
                "it cannot be bundled",
                "remove the imports that it added last, one by one",
            ));
        }
        Findings {
            problems,
            is_complete,
        }
    }

    /// A refused import, where it is.
    fn refused(&self, import: &Import, reason: Reason) -> Problem {
        let Reason { message, help } = reason;
        let name = name_in(self.folder, Path::new(&import.importer));
        let text = self.files.get(&name);
        let place = text.and_then(|text| {
            Some((
                text,
                place_of(&name, text, &import.specifier, import.is_call)?,
            ))
        });
        match place {
            Some((text, offset)) => Problem::at(&name, text, offset, message, help),
            None => Problem::of_file(&name, message, help),
        }
    }

    fn reported(&self, error: &BuildDiagnostic) -> Problem {
        let options = DiagnosticOptions {
            cwd: self.folder.to_owned(),
        };
        if let Some(problem) = self.broken_manifest(error, &options) {
            return problem;
        }
        let place = error.to_diagnostic_with(&options).get_primary_location();
        let Reason { message, help } = self.reason(error, &options);
        let Some((file, line, column, _)) = place else {
            let file = error.id().map(PathBuf::from);
            let name = file.map(|file| name_in(self.folder, &file));
            let name = name.unwrap_or_else(|| self.entry.to_owned());
            return Problem::of_file(name, message, help);
        };
        let file = name_in(self.folder, Path::new(&file));
        let text = self.files.get(&file).map(String::as_str);
        let source_line = text.and_then(|text| text.lines().nth(line.checked_sub(1)?));
        let column = source_line.map_or(column, |text| in_characters(text, column));
        // Editors do not show the mark at the beginning of a file, and do not count it.
        let (source_line, column) = match source_line.and_then(|text| text.strip_prefix(MARK)) {
            Some(text) => (Some(text), column.saturating_sub(1)),
            None => (source_line, column),
        };
        Problem {
            line: u32::try_from(line).ok(),
            column: u32::try_from(column + 1).ok(),
            source_line: source_line.map(str::to_owned),
            ..Problem::of_file(file, message, help)
        }
    }

    /// The files that are imported and are not JSON. Rolldown names no place at the beginning or end of a file.
    fn broken_json(&self) -> Vec<Problem> {
        let broken = broken_json(self.files);
        broken
            .map(|(name, text, error)| package::not_json(name, text, &error, correction(name)))
            .collect()
    }

    /// A `package.json` that cannot be parsed, which rolldown reports as a defect of its own.
    fn broken_manifest(
        &self,
        error: &BuildDiagnostic,
        options: &DiagnosticOptions,
    ) -> Option<Problem> {
        let said = error.to_message_with(options);
        let (_, detail) = said.split_once("JSONError { path: \"")?;
        let (path, _) = detail.split_once('"')?;
        let name = name_in(self.folder, Path::new(path));
        let text = read_inside(self.folder, Path::new(path)).unwrap_or_default();
        let help = correction(&name);
        let Err(error) = serde_json::from_str::<Value>(&text) else {
            return Some(Problem::of_file(name, "it cannot be read", help));
        };
        Some(package::not_json(&name, &text, &error, help))
    }

    fn reason(&self, error: &BuildDiagnostic, options: &DiagnosticOptions) -> Reason {
        let said = one_line(&error.to_message_with(options));
        match error.kind() {
            EventKind::UnresolvedImport | EventKind::ResolveError => {
                let specifier = error.exporter().unwrap_or_default();
                let importer = PathBuf::from(error.id().unwrap_or_default());
                package::not_found(self.folder, &specifier, &importer)
            }
            EventKind::ParseError => Reason::new(said, "correct the syntax; nothing was published"),
            EventKind::MissingExportError => {
                Reason::new(said, "correct the name, or export it there")
            }
            EventKind::TsConfigError => Reason::new(said, "correct `tsconfig.json`"),
            EventKind::RequireTlaError => Reason::new(
                said,
                "use `import` in place of `require`: the file awaits at its top level",
            ),
            _ => Reason::new(said, "correct the file, or do without it"),
        }
    }
}

/// What to do about a file that is not JSON.
fn correction(name: &str) -> &'static str {
    if is_of_package(name) {
        "the package is damaged: install it again"
    } else {
        "correct the syntax; nothing was published"
    }
}

/// A column in UTF-16 units as one in characters, both from 0.
fn in_characters(line: &str, column: usize) -> usize {
    let mut units = 0;
    line.chars()
        .take_while(|character| {
            units += character.len_utf16();
            units <= column
        })
        .count()
}

/// Without the decoration of several lines, and without a backtrace of rolldown's.
fn one_line(text: &str) -> String {
    let text = text.split("\nStack backtrace:").next().unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join(" ");
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_in_utf16_becomes_one_in_characters() {
        assert_eq!(in_characters("a😀b", 0), 0);
        assert_eq!(in_characters("a😀b", 1), 1);
        assert_eq!(in_characters("a😀b", 3), 2);
        assert_eq!(in_characters("ab", 9), 2);
    }
}
