//! Stages as arguments: in kebab-case or by wire id, with suggestions and completions.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hookpoint_stages::Stage;

/// Parses a stage.
pub(crate) fn parser() -> impl TypedValueParser<Value = Stage> {
    let names = Stage::ALL
        .iter()
        .map(|stage| PossibleValue::new(stage.name()).alias(stage.id()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Stage>())
}
