//! `hookpoint endpoints`: prints CloudFormation templates that receive webhooks in an AWS account.

use clap::{
    Args, Subcommand,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};

use crate::{
    exit::Exit,
    output::{self, Cell, Table},
};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Endpoints {
    /// List the templates
    List(List),
    /// Print a template, for `aws cloudformation deploy`
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The template, by its name from the list
    #[arg(value_parser = parser())]
    name: &'static Template,

    /// Print it as JSON: `name`, `description`, `template`
    #[arg(long)]
    json: bool,
}

/// A CloudFormation template.
#[derive(Debug, Clone, Copy)]
struct Template {
    name: &'static str,
    text: &'static str,
}

/// Every description begins like this.
const SHARED_BEGINNING: &str = "Receives signed webhooks at a URL and ";

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(Template {
            name: $name,
            text: include_str!(concat!("../../../../cloudformation/", $name, ".yaml")),
        }),*]
    };
}

/// All templates in `cloudformation/`.
static TEMPLATES: &[Template] = templates![
    "endpoint-node",
    "endpoint-python",
    "eventbridge",
    "sqs",
    "step-functions",
    "state-stream",
];

impl Template {
    /// The description from the template, one sentence.
    fn description(&self) -> &'static str {
        let mut lines = self.text.lines();
        let description = lines.find_map(|line| line.strip_prefix("Description: "));
        description.unwrap_or_default()
    }

    /// What it does with what it receives: the part in which the descriptions differ.
    fn outcome(&self) -> &'static str {
        let description = self.description();
        description
            .strip_prefix(SHARED_BEGINNING)
            .unwrap_or(description)
    }
}

fn parser() -> impl TypedValueParser<Value = &'static Template> {
    let names = TEMPLATES
        .iter()
        .map(|template| PossibleValue::new(template.name).help(template.description()));
    PossibleValuesParser::new(names).try_map(|name| {
        let found = TEMPLATES.iter().find(|template| template.name == name);
        found.ok_or("there is no such template")
    })
}

impl Endpoints {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) if list.json => {
                let templates = TEMPLATES.iter().map(|template| {
                    json!({ "name": template.name, "description": template.description() })
                });
                output::print_json(&templates.collect::<Value>())?;
            }
            Self::List(_) => {
                let mut table = Table::new(["name", "receives signed webhooks and"]);
                for template in TEMPLATES {
                    table.push([Cell::text(template.name), Cell::text(template.outcome())]);
                }
                output::print(&table.render())?;
            }
            Self::Show(show) if show.json => output::print_json(&json!({
                "name": show.name.name,
                "description": show.name.description(),
                "template": show.name.text,
            }))?,
            Self::Show(show) => output::print(show.name.text.trim_end())?,
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_template_of_the_repository_is_offered_and_says_what_it_does() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cloudformation");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let names: BTreeSet<_> = files
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "yaml")
            })
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let offered: BTreeSet<_> = TEMPLATES
            .iter()
            .map(|template| template.name.to_owned())
            .collect();
        assert_eq!(offered, names);
        for template in TEMPLATES {
            assert!(template.description().len() > 20, "{}", template.name);
            assert!(
                template.description().starts_with(SHARED_BEGINNING),
                "{}",
                template.name
            );
        }
    }
}
