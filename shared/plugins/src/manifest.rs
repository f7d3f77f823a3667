//! `plugin.yaml`: what a plugin is, asks for and installs.

mod bindings;
mod hooks;
mod journeys;
mod needs;
mod parameters;

use std::collections::BTreeSet;

use hookpoint_engine::identifier::HookName;
use hookpoint_stages::{Effect, Journey, ModeRule, Stage, TargetRule};
use hookpoint_workspace::syntax::{Fields, Node, Place, Problems, Text, fields, read};
use serde_json::{Map, Value};

pub use self::needs::Need;
use crate::{Parameter, Values, Version};

const KEYS: [&str; 15] = [
    "format",
    "version",
    "title",
    "summary",
    "description",
    "categories",
    "keywords",
    "maintainer",
    "licence",
    "parameters",
    "needs",
    "hooks",
    "bindings",
    "journeys",
    "preview",
];
/// The categories of plugins.
pub const CATEGORIES: [&str; 10] = [
    "migration",
    "crm",
    "registration",
    "risk",
    "profile",
    "tokens",
    "feeds",
    "monitoring",
    "data",
    "conversation",
];
/// Maximum length of a title and a summary, in characters.
const TITLE: usize = 60;
const SUMMARY: usize = 90;
/// Maximum number of keywords, and the length of one, in characters.
const KEYWORDS: usize = 20;
const KEYWORD: usize = 30;

/// A checked manifest.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The plugin's version.
    pub version: Version,
    /// Its name for people.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Several sentences.
    pub description: String,
    /// Its categories, of [`CATEGORIES`].
    pub categories: Vec<String>,
    /// Search words that title, summary and description lack.
    pub keywords: Vec<String>,
    /// The maintainer.
    pub maintainer: String,
    /// The identifier of its licence.
    pub licence: String,
    /// What it asks for.
    pub parameters: Vec<Parameter>,
    /// Which optional parameters must have values after all.
    pub needs: Vec<Need>,
    /// Its hooks.
    pub hooks: Vec<HookDraft>,
    /// Where they are bound, in order.
    pub bindings: Vec<Binding>,
    /// The journeys that it touches, by their names in the catalogue.
    pub journeys: Vec<String>,
    /// The case that a preview runs, by its path in the plugin.
    pub preview: String,
}

/// A hook before its parameters are filled in.
#[derive(Debug, Clone)]
pub struct HookDraft {
    /// Its name in the workspace.
    pub name: HookName,
    /// Its file, by its path in the plugin.
    pub file: String,
    /// The hosts that it calls; `{Name}` stands for a parameter.
    pub hosts: Vec<String>,
    /// The secrets that it reads.
    pub secrets: Vec<String>,
    /// The parameters that it reads as variables.
    pub variables: Vec<String>,
    /// The effects that it may return.
    pub effects: Vec<Effect>,
    /// Maximum number of requests of one run without retries.
    pub round_trips: u64,
}

/// Where a hook is bound.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The hook.
    pub hook: HookName,
    /// The stage.
    pub stage: Stage,
    /// Its place among the hooks of the stage.
    pub order: Option<u64>,
    /// The failure policy: `continue`, `deny`, `{Name}` of a parameter with these options, or an object with the response of a
    /// `fallback`, whose texts and members may hold `{Name}`.
    pub failure: Option<Value>,
    /// Whether it runs after the response.
    pub is_asynchronous: bool,
    /// The maximum time of a run.
    pub timeout_ms: Option<u64>,
    /// Conditions on the event, as in a workspace.
    pub when: Option<Map<String, Value>>,
    /// The parameter and the value, or one of its values, without which it is not installed.
    pub only_if: Option<(String, String)>,
}

impl Binding {
    /// Whether only an identity store can have it.
    pub fn is_of_store(&self) -> bool {
        self.stage.definition().target == TargetRule::StoreOnly
    }

    /// Whether the parameters want it.
    pub fn is_wanted(&self, values: &Values) -> bool {
        let condition = self.only_if.as_ref();
        condition.is_none_or(|(name, value)| values.includes(name, value))
    }
}

impl Manifest {
    /// Reads and checks the text of a manifest. Problems go to `problems`; `None` if it cannot be used at all.
    pub(crate) fn read(text: &str, problems: &mut Problems<'_>) -> Option<Self> {
        let root = read(text, "format: 1", problems)?;
        let top = Place {
            line: 1,
            column: 1,
            width: 1,
        };
        let fields = Fields::of(&root, "a plugin", top, &KEYS, problems)?;
        let format = fields.required("format", "1", problems)?;
        if !matches!(&format.value, hookpoint_workspace::syntax::NodeValue::Number(number) if number.as_u64() == Some(1))
        {
            problems.push(
                format.place,
                "this version of Hookpoint reads plugins of `format: 1`",
                "write `format: 1`, or use a newer Hookpoint",
            );
            return None;
        }
        let version = required(&fields, "version", "1.0.0", problems);
        let version = version.and_then(|text| check_version(&text, problems));
        let title = required(&fields, "title", "Slack feed", problems);
        let summary = required(&fields, "summary", "What it does, in a sentence.", problems);
        for (text, most) in [(&title, TITLE), (&summary, SUMMARY)] {
            check_length(text.as_ref(), most, problems);
        }
        let description = required(&fields, "description", "…", problems);
        let maintainer = required(&fields, "maintainer", "…", problems);
        let licence = required(&fields, "licence", "Apache-2.0", problems);
        let categories = words(&fields, "categories", "category", &CATEGORIES, problems);
        let keywords = keywords(&fields, problems);
        let known: Vec<_> = Journey::names().collect();
        let journeys = words(&fields, "journeys", "journey", &known, problems);
        let parameters = parameters::read(fields.get("parameters"), problems);
        let needs = needs::read(fields.get("needs"), &parameters, problems);
        let hooks = fields
            .required("hooks", "…", problems)
            .map(|node| hooks::read(node, &parameters, problems))
            .unwrap_or_default();
        let bindings = fields
            .required("bindings", "…", problems)
            .map(|node| bindings::read(node, &hooks, &parameters, problems))
            .unwrap_or_default();
        journeys::check(&fields, &bindings, problems);
        // What uses a parameter may be what cannot be read.
        if problems.is_empty() {
            check_use(
                &parameters,
                &hooks,
                &bindings,
                fields.get("parameters"),
                problems,
            );
        }
        let preview = required(&fields, "preview", "cases/….case.yaml", problems);
        Some(Self {
            version: version?,
            title: title?.value,
            summary: summary?.value,
            description: description?.value.trim().to_owned(),
            categories,
            keywords,
            maintainer: maintainer?.value,
            licence: licence?.value,
            parameters,
            needs,
            hooks,
            bindings,
            journeys,
            preview: preview?.value,
        })
    }

    /// A hook by its name.
    pub fn hook(&self, name: &HookName) -> Option<&HookDraft> {
        self.hooks.iter().find(|hook| hook.name == *name)
    }

    /// The secrets that its hooks read.
    pub fn secrets(&self) -> BTreeSet<&str> {
        let secrets = self.hooks.iter().flat_map(|hook| &hook.secrets);
        secrets.map(String::as_str).collect()
    }

    /// The hosts that its hooks call, with parameters not filled in.
    pub fn hosts(&self) -> BTreeSet<&str> {
        let hosts = self.hooks.iter().flat_map(|hook| &hook.hosts);
        hosts.map(String::as_str).collect()
    }
}

fn required(
    fields: &Fields<'_>,
    key: &str,
    example: &str,
    problems: &mut Problems<'_>,
) -> Option<Text> {
    let node = fields.required(key, example, problems)?;
    fields::text(node, &format!("`{key}`"), problems)
}

fn check_version(text: &Text, problems: &mut Problems<'_>) -> Option<Version> {
    let version = text.value.parse().ok();
    if version.is_none() {
        problems.push(
            text.place,
            format!("`{}` is not a version", text.value),
            "write three numbers, such as `1.0.0`",
        );
    }
    version
}

fn check_length(text: Option<&Text>, most: usize, problems: &mut Problems<'_>) {
    let Some(text) = text else { return };
    let length = text.value.chars().count();
    if length > most {
        problems.push(
            text.place,
            format!("{length} characters are too many for a list"),
            format!("write at most {most}"),
        );
    }
}

/// A list of at least one known word.
fn words(
    fields: &Fields<'_>,
    key: &'static str,
    kind: &str,
    known: &[&str],
    problems: &mut Problems<'_>,
) -> Vec<String> {
    fields.required(key, &format!("[{}]", known[0]), problems);
    let names = fields.names(key, problems);
    for name in &names {
        if !known.contains(&name.value.as_str()) {
            problems.push_unknown(name.place, kind, &name.value, known.iter().copied());
        }
    }
    names.into_iter().map(|name| name.value).collect()
}

fn keywords(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    let names = fields.names("keywords", problems);
    for (index, name) in names.iter().enumerate() {
        let is_word = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == ' '
        };
        let is_short = (1..=KEYWORD).contains(&name.value.len());
        if !name.value.chars().all(is_word) || !is_short {
            problems.push(
                name.place,
                format!("`{}` is not a keyword", name.value),
                format!("write a word in lower case, of at most {KEYWORD} letters and digits"),
            );
        }
        if index == KEYWORDS {
            problems.push(
                name.place,
                format!("{} keywords are too many", names.len()),
                format!("keep the {KEYWORDS} that people look for most"),
            );
        }
    }
    names.into_iter().map(|name| name.value).collect()
}

/// Reports parameters without use.
fn check_use(
    parameters: &[Parameter],
    hooks: &[HookDraft],
    bindings: &[Binding],
    node: Option<&Node>,
    problems: &mut Problems<'_>,
) {
    let place = node.map_or(
        Place {
            line: 1,
            column: 1,
            width: 1,
        },
        |node| node.place,
    );
    for parameter in parameters {
        let name = &parameter.name;
        let braced = format!("{{{name}}}");
        let in_hooks = hooks.iter().any(|hook| {
            hook.secrets.contains(name)
                || hook.variables.contains(name)
                || hook.hosts.iter().any(|host| host.contains(&braced))
        });
        let in_bindings = bindings.iter().any(|binding| {
            let failure = binding.failure.as_ref().map(Value::to_string);
            failure.is_some_and(|failure| failure.contains(&braced))
                || binding
                    .only_if
                    .as_ref()
                    .is_some_and(|(known, _)| known == name)
        });
        if !in_hooks && !in_bindings {
            problems.push(
                place,
                format!("parameter `{name}` has no use"),
                "list it under `variables` or `secrets` of a hook, use it in `hosts`, `failure` or `onlyIf`, or remove it",
            );
        }
    }
    for hook in hooks {
        if bindings.iter().all(|binding| binding.hook != hook.name) {
            problems.push(
                place,
                format!("hook `{}` is bound nowhere", hook.name),
                "add it to `bindings`",
            );
        }
    }
}

/// Whether the hooks of a stage can only run after the response.
fn is_always_asynchronous(stage: Stage) -> bool {
    stage.definition().mode == ModeRule::AsynchronousOnly
}
