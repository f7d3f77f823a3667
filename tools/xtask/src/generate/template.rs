//! The generated part of `template.yaml`: the resources of each stage, and the dashboard.

mod alarms;
mod dashboard;
mod stage;

use std::{fs, path::Path};

use anyhow::Context as _;
use hookpoint_stages::Stage;

use super::{Generated, block};

/// The template of the deployment.
pub(super) const TEMPLATE: &str = "template.yaml";

pub(super) fn template(root: &Path) -> anyhow::Result<Generated> {
    let read = || {
        let text = fs::read_to_string(root.join(TEMPLATE))?;
        // The markers are indented like resources.
        block::replace(&text, "  #", &resources()?)
    };
    let text = read().with_context(|| format!("failed to generate the stages of `{TEMPLATE}`"))?;
    Ok(Generated::new(TEMPLATE, text))
}

/// Prefix of the logical ids of a stage's resources: its id, capitalised.
pub fn logical_id(stage: Stage) -> String {
    let mut characters = stage.id().chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn resources() -> anyhow::Result<String> {
    let mut text = String::new();
    for stage in Stage::ALL {
        text += "\n";
        text += &stage::resources(*stage)?;
        text += &alarms::resources(*stage);
    }
    text += "\n";
    text += &dashboard::resource();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_ids_are_what_cloudformation_takes() {
        assert_eq!(
            logical_id(Stage::BeforeSaml2AssertionGeneration),
            "BeforeSaml2AssertionGeneration"
        );
        for stage in Stage::ALL {
            let id = logical_id(*stage);
            assert!(
                id.chars()
                    .all(|character| character.is_ascii_alphanumeric()),
                "{id}"
            );
        }
    }
}
