//! Scripts of journeys: `*.journey.yaml`.
//!
//! A script has what a customer does at each stage of a journey, what the hooks fetch meanwhile, and the expected results.
//! [`JourneyScript::parse`] reports every mistake with its place, as [`Case::parse`](crate::Case::parse) does.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use hookpoint_engine::{
    identifier::{ApplicationId, HookName, SecretName},
    stages::{Journey, Lead, Stage},
};
use serde_json::{Map, Value};

use crate::{
    case::ExpectedRequest,
    check::{check_stage, name},
    document::{self, Node},
    errors::{self, WorkspaceErrors},
    problem::Problems,
    raw::{
        Text, case,
        fields::{self, Fields},
    },
};

/// The end of a script file's name.
pub const JOURNEY_SUFFIX: &str = ".journey.yaml";
const KEYS: [&str; 5] = ["journey", "application", "secrets", "time", "steps"];
const STEP_KEYS: [&str; 6] = ["stage", "event", "answer", "return", "requests", "expect"];
const EXPECT_KEYS: [&str; 5] = ["then", "response", "session", "attributes", "hooks"];

/// One script.
#[derive(Debug, Clone)]
pub struct JourneyScript {
    /// The journey.
    pub journey: &'static Journey,
    /// The application that posts the events.
    pub application: ApplicationId,
    /// Values of secrets, for every hook.
    pub secrets: BTreeMap<SecretName, String>,
    /// What the clock shows.
    pub time: Option<SystemTime>,
    /// What happens, in order.
    pub steps: Vec<ScriptStep>,
}

/// One thing that the customer does.
#[derive(Debug, Clone)]
pub struct ScriptStep {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What it is.
    pub action: Action,
    /// The requests that hooks make, each once, in any order.
    pub requests: Vec<ExpectedRequest>,
    /// The expected result.
    pub expect: StepExpectation,
}

/// What a customer does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Reaches a stage.
    Reach {
        /// The stage.
        stage: Stage,
        /// Changes to the event that the journey so far makes, as a JSON merge patch.
        changes: Map<String, Value>,
    },
    /// Answers the question that was asked last.
    Answer(Map<String, Value>),
    /// Returns from a redirect, with these parameters.
    Return(Map<String, Value>),
}

/// The expected result of a step.
#[derive(Debug, Clone, Default)]
pub struct StepExpectation {
    /// Where it leads; onwards when absent.
    pub then: Option<Lead>,
    /// What the response includes.
    pub response: Option<Map<String, Value>>,
    /// What the session includes afterwards.
    pub session: Option<Map<String, Value>>,
    /// What the attributes include afterwards.
    pub attributes: Option<Map<String, Value>>,
    /// Outcomes of hooks.
    pub hooks: Vec<(HookName, String)>,
}

impl JourneyScript {
    /// Reads a script.
    ///
    /// # Errors
    /// Every problem of the file, with its place and the fix.
    pub fn load(path: &Path) -> Result<Self, WorkspaceErrors> {
        let name = path.display().to_string();
        let text = errors::read_document(path, "script")?;
        Self::parse(&text, &name)
    }

    /// Checks the text of a script. `file_name` is its name in messages.
    ///
    /// # Errors
    /// Every problem of the text, with its place and the fix.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, WorkspaceErrors> {
        let mut problems = Problems::new(file_name, text);
        let script = document::read(text, "journey: NAME", &mut problems)
            .and_then(|document| read(&document, &mut problems));
        match script {
            Some(script) if problems.is_empty() => Ok(script),
            _ => Err(problems.into_errors(vec![PathBuf::from(file_name)])),
        }
    }
}

fn read(document: &Node, problems: &mut Problems<'_>) -> Option<JourneyScript> {
    let what = "a script of a journey";
    let fields = Fields::of(document, what, document.place, &KEYS, problems)?;
    let journey = required(&fields, "journey", "login", problems)
        .and_then(|text| check_journey(&text, problems));
    let application = required(&fields, "application", "web-shop", problems)
        .and_then(|text| name::check(&text, problems));
    let secrets = fields.texts("secrets", problems);
    let secrets = secrets
        .iter()
        .filter_map(|(name, value)| Some((name::check(name, problems)?, value.value.clone())))
        .collect();
    let time = fields
        .text("time", problems)
        .and_then(|text| crate::check::moment(&text, problems));
    let steps = fields.required("steps", "[{ stage: beforeRegistration }]", problems)?;
    let items = fields::list(steps, "`steps`", problems)?;
    if items.is_empty() {
        problems.push(steps.place, "`steps` is empty", "add `- stage: …`");
    }
    let read = items
        .iter()
        .filter_map(|node| read_step(node, journey, problems));
    let steps = read.collect();
    Some(JourneyScript {
        journey: journey?,
        application: application?,
        secrets,
        time,
        steps,
    })
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

fn check_journey(text: &Text, problems: &mut Problems<'_>) -> Option<&'static Journey> {
    let journey = Journey::from_name(&text.value);
    if journey.is_none() {
        problems.push_unknown(text.place, "journey", &text.value, Journey::names());
    }
    journey
}

fn read_step(
    node: &Node,
    journey: Option<&'static Journey>,
    problems: &mut Problems<'_>,
) -> Option<ScriptStep> {
    let fields = Fields::of(node, "a step", node.place, &STEP_KEYS, problems)?;
    let requests = match fields.get("requests").filter(|node| !node.is_null()) {
        Some(node) => fields::list(node, "`requests`", problems)
            .unwrap_or_default()
            .iter()
            .filter_map(|node| case::read_request(node, problems))
            .collect(),
        None => Vec::new(),
    };
    let expect = match fields.get("expect").filter(|node| !node.is_null()) {
        Some(node) => read_expectation(node, problems).unwrap_or_default(),
        None => StepExpectation::default(),
    };
    let action = read_action(&fields, node, journey, problems)?;
    Some(ScriptStep {
        line: node.place.line,
        action,
        requests,
        expect,
    })
}

fn read_action(
    fields: &Fields<'_>,
    node: &Node,
    journey: Option<&'static Journey>,
    problems: &mut Problems<'_>,
) -> Option<Action> {
    let all = ["stage", "answer", "return"];
    let actions: Vec<_> = all
        .into_iter()
        .filter(|key| fields.get(key).is_some())
        .collect();
    if actions.is_empty() && all.iter().any(|key| fields.is_misspelt(key)) {
        return None;
    }
    let [action] = actions[..] else {
        problems.push(
            node.place,
            "a step has one of `stage`, `answer` and `return`",
            "write each in a step of its own",
        );
        return None;
    };
    let changes = members(fields, "event", problems).unwrap_or_default();
    if action != "stage" {
        if let Some(event) = fields.get("event") {
            problems.push(
                event.place,
                format!("`event` has no use beside `{action}`"),
                "the event of the stage is posted again as it was; remove it",
            );
        }
        let given = members(fields, action, problems)?;
        return Some(match action {
            "answer" => Action::Answer(given),
            _ => Action::Return(given),
        });
    }
    let text = fields.text("stage", problems)?;
    let stage = check_stage(&text, problems)?;
    if let Some(journey) = journey.filter(|journey| !journey.has(stage)) {
        let mut others = Journey::names().filter_map(Journey::from_name);
        let other = others.find(|other| other.has(stage));
        let other = other.map_or_else(String::new, |other| {
            format!("it is on the journey `{}`; ", other.name)
        });
        problems.push(
            text.place,
            format!("`{stage}` is not on the journey `{}`", journey.name),
            format!(
                "{other}`hookpoint journeys show {}` lists its stages",
                journey.name
            ),
        );
        return None;
    }
    Some(Action::Reach { stage, changes })
}

fn members(
    fields: &Fields<'_>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<Map<String, Value>> {
    let node = fields.get(key)?;
    fields::mapping(node, &format!("`{key}`"), problems).map(document::to_map)
}

fn read_expectation(node: &Node, problems: &mut Problems<'_>) -> Option<StepExpectation> {
    let fields = Fields::of(node, "`expect`", node.place, &EXPECT_KEYS, problems)?;
    let then = fields.text("then", problems).and_then(|text| {
        let leads = || Lead::BRANCHES.into_iter().chain([Lead::Onwards]);
        let lead = leads().find(|lead| lead.as_str() == text.value);
        if lead.is_none() {
            let known: Vec<_> = leads().map(Lead::as_str).collect();
            problems.push_unknown(text.place, "lead", &text.value, known);
        }
        lead
    });
    let hooks = fields.texts("hooks", problems);
    Some(StepExpectation {
        then,
        response: members(&fields, "response", problems),
        session: members(&fields, "session", problems),
        attributes: members(&fields, "attributes", problems),
        hooks: hooks
            .iter()
            .filter_map(|(name, outcome)| {
                Some((name::check(name, problems)?, outcome.value.clone()))
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "
journey: registration
application: web-shop
steps:
  - stage: before-registration
    event: { customer: { identifiers: { email: ada@example.com } } }
    expect: { then: asked, hooks: { ask: ok } }
  - answer: { kind: business }
    requests: [{ url: https://crm.example.com/, response: { status: 404 } }]
";

    #[test]
    fn a_script_is_read_whole() {
        let script = JourneyScript::parse(SCRIPT, "a.journey.yaml").unwrap();
        assert_eq!(script.journey.name, "registration");
        let [first, second] = &script.steps[..] else {
            panic!("two steps")
        };
        assert_eq!(first.line, 5);
        assert_eq!(first.expect.then, Some(Lead::Asked));
        assert!(matches!(&second.action, Action::Answer(answers) if answers["kind"] == "business"));
        assert_eq!(second.requests.len(), 1);
    }

    #[test]
    fn mistakes_are_reported_with_their_places_and_the_nearest_name() {
        for (from, to, message) in [
            (
                "journey: registration",
                "journey: registratoin",
                "did you mean `registration`",
            ),
            (
                "before-registration",
                "beforeRegistratoin",
                "did you mean `beforeRegistration`",
            ),
            (
                "before-registration",
                "conversationStart",
                "it is on the journey `conversation`; `hookpoint journeys show registration` lists its stages",
            ),
            ("then: asked", "then: aksed", "did you mean `asked`"),
            (
                "  - answer: { kind: business }\n",
                "  - {}\n  - answer: {}\n    stage: beforeRegistration\n",
                "one of `stage`, `answer` and `return`",
            ),
            ("application: web-shop\n", "", "lacks the key `application`"),
            (
                "    expect: { then: asked, hooks: { ask: ok } }",
                "    expect: { then: asked, hooks:",
                "a.journey.yaml:",
            ),
        ] {
            let broken = SCRIPT.replace(from, to);
            let error = JourneyScript::parse(&broken, "a.journey.yaml").unwrap_err();
            let error = error.to_string();
            assert!(error.contains(message), "{to}: {error}");
        }
    }
}
