//! The commands of the guides fit the template.

use std::{collections::BTreeSet, fs};

use hookpoint_xtask::repository;

use super::translation::{Parameters, deployment};

/// The texts of the guides about the deployment.
fn guides() -> Vec<(&'static str, String)> {
    let read = |name| fs::read_to_string(repository::root().join(name)).unwrap();
    let names = ["docs/deploy.md", "docs/production.md", "docs/metrics.md"];
    names.map(|name| (name, read(name))).into()
}

/// The `Name=value` words behind `--parameter-overrides`, up to the end of the command.
fn overrides(text: &str) -> Vec<Vec<(String, String)>> {
    let text = text.replace("\\\n", " ");
    let commands = text.split("--parameter-overrides ").skip(1);
    let commands = commands.map(|rest| {
        let line = rest.lines().next().unwrap();
        let words = line
            .split(' ')
            .map(|word| word.trim_matches(['\'', '`', '.', ',']));
        let pairs = words.map_while(|word| word.split_once('='));
        let pairs =
            pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()));
        pairs.collect()
    });
    commands.collect()
}

#[test]
fn every_command_of_the_guides_is_accepted_as_pasted() {
    let template = deployment(&[Parameters::new()]).remove(0);
    let declared = &template.document["Parameters"];
    let mut checked = 0;
    for (guide, text) in guides() {
        for pairs in overrides(&text) {
            for (name, value) in pairs {
                let parameter = &declared[&name];
                assert!(
                    parameter.is_object(),
                    "{guide}: there is no parameter `{name}`"
                );
                // What a shell puts in is not known here.
                let value = if value.starts_with('$') {
                    "1785500000"
                } else {
                    &value
                };
                assert!(
                    !value.contains('…'),
                    "{guide}: `{name}={value}` is refused as it is"
                );
                let allowed = parameter["AllowedValues"].as_array();
                let is_allowed = allowed.is_none_or(|allowed| {
                    let texts = allowed
                        .iter()
                        .map(|one| one.to_string().trim_matches('"').to_owned());
                    texts.collect::<BTreeSet<_>>().contains(value)
                });
                assert!(is_allowed, "{guide}: `{name}={value}` is not allowed");
                checked += 1;
            }
        }
    }
    assert!(checked >= 12, "{checked}");
}

#[test]
fn every_parameter_and_alarm_is_explained() {
    let (_, guide) = guides().swap_remove(0);
    let template = deployment(&[Parameters::new()]).remove(0);
    for name in template.document["Parameters"].as_object().unwrap().keys() {
        let row = guide
            .lines()
            .find(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
        assert!(row.is_some(), "`{name}` has no row in docs/deploy.md");
    }
    let resolution = template.resolution();
    for (id, _) in resolution.of_type("AWS::CloudWatch::Alarm") {
        assert!(
            guide.contains(&format!("`{id}`")),
            "`{id}` has no row in docs/deploy.md"
        );
    }
}
