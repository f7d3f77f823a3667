//! The commands of the guides fit the template.

use std::{collections::BTreeSet, fs, process::Command};

use hookpoint_xtask::{python, repository};
use regex_lite::Regex;
use serde_json::Value;

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
                // The value of a shell variable is not known here, and neither is that of a word to replace, such as `NEW_KEY_ARN`.
                let is_word = |character: char| character.is_ascii_uppercase() || character == '_';
                let is_variable =
                    value.starts_with('$') || value.contains('_') && value.chars().all(is_word);
                let value = if is_variable { "1785500000" } else { &value };
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
                // CloudFormation compares the whole value.
                let pattern = parameter["AllowedPattern"].as_str();
                let fits = is_variable
                    || pattern.is_none_or(|pattern| {
                        let whole = Regex::new(&format!("^(?:{pattern})$")).unwrap();
                        whole.is_match(value)
                    });
                assert!(fits, "{guide}: `{name}={value}` does not fit {pattern:?}");
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

/// The code blocks of a language in a guide.
fn blocks(name: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(repository::root().join(name)).unwrap();
    let fence = format!("\n```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .map(|block| block.split("\n```").next().unwrap().to_owned())
        .collect()
}

/// The only code block of a language in a guide that has this text.
pub(crate) fn block(name: &str, language: &str, text: &str) -> String {
    let mut blocks = blocks(name, language);
    blocks.retain(|block| block.contains(text));
    let [block] = &blocks[..] else {
        panic!("{name}: {} blocks have `{text}`", blocks.len());
    };
    block.clone()
}

/// A YAML text as JSON, read by the parser that SAM has.
fn parsed(yaml: &str) -> Value {
    let script =
        "import json, sys, yaml; print(json.dumps(yaml.load(sys.argv[1], yaml.BaseLoader)))";
    let output = Command::new(python::ensure().unwrap().program("python"))
        .args(["-c", script, yaml])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{yaml}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_workflow_of_the_guide_is_one_and_may_assume_its_role() {
    let blocks = blocks("docs/production.md", "yaml");
    let workflows: Vec<Value> = blocks.iter().map(|block| parsed(block)).collect();
    assert!(!workflows.is_empty());
    for workflow in workflows {
        for member in ["name", "on", "jobs", "permissions"] {
            assert!(!workflow[member].is_null(), "no `{member}`: {workflow}");
        }
        assert_eq!(workflow["permissions"]["id-token"], "write");
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            assert!(job["runs-on"].is_string(), "{name}");
            for step in job["steps"].as_array().unwrap() {
                let known = ["uses", "run", "with", "if", "name", "env"];
                let mut members = step.as_object().unwrap().keys();
                assert!(
                    members.all(|member| known.contains(&member.as_str())),
                    "{step}"
                );
                assert!(
                    step["uses"].is_string() != step["run"].is_string(),
                    "{step}"
                );
                let is_pinned = step["uses"].as_str().is_none_or(|uses| uses.contains("@v"));
                assert!(is_pinned, "{step}");
            }
        }
    }
}

#[test]
fn the_stack_in_terraform_sets_parameters_and_reads_outputs_that_there_are() {
    let blocks = blocks("docs/production.md", "hcl");
    assert!(!blocks.is_empty());
    let template = deployment(&[Parameters::new()]).remove(0);
    for block in blocks {
        for (open, close) in [('{', '}'), ('[', ']')] {
            let count = |letter| block.matches(letter).count();
            assert_eq!(count(open), count(close), "{block}");
        }
        assert_eq!(block.matches('"').count() % 2, 0, "{block}");
        let (_, set) = block.split_once("parameters = {\n").unwrap();
        let (set, _) = set.split_once('}').unwrap();
        for line in set.lines().filter(|line| !line.trim().is_empty()) {
            let name = line.split('=').next().unwrap().trim();
            assert!(template.document["Parameters"][name].is_object(), "{line}");
        }
        for output in block.split("outputs[\"").skip(1) {
            let name = output.split('"').next().unwrap();
            assert!(template.document["Outputs"][name].is_object(), "{name}");
        }
    }
}
