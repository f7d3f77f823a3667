//! Stages as arguments: in kebab-case or by wire id, with suggestions and completions.

use std::ffi::OsStr;

use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, TypedValueParser},
    error::ErrorKind,
};
use hookpoint_stages::Stage;
use hookpoint_workspace::syntax::for_unknown;

use crate::output::printable;

/// Parses a stage.
pub(crate) fn parser() -> impl TypedValueParser<Value = Stage> {
    StageParser
}

#[derive(Debug, Clone, Copy)]
struct StageParser;

impl TypedValueParser for StageParser {
    type Value = Stage;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Stage, Error> {
        let text = value.to_string_lossy();
        text.parse().map_err(|_| {
            let names: Vec<_> = Stage::ALL.iter().map(|stage| stage.name()).collect();
            let message = format!(
                "there is no stage `{}`; {}\n",
                printable(&text),
                for_unknown(&text, "stage", names.iter().map(String::as_str))
            );
            Error::raw(ErrorKind::InvalidValue, message).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = Stage::ALL
            .iter()
            .map(|stage| PossibleValue::new(stage.name()).alias(stage.id()));
        Some(Box::new(names))
    }
}
