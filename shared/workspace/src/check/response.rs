//! Checks of responses in the workspace: those of static hooks, and fallbacks.

use hookpoint_engine::{hook::effects::check_response, stages::Stage};
use serde_json::{Map, Value};

use crate::{
    document::{self, Node, NodeValue, Place},
    files::{Files, ReferredFile},
    problem::Problems,
    raw::RawResponse,
};

/// Maximum size of a response, in bytes of JSON.
const LARGEST_RESPONSE: usize = 256 * 1024;

/// A response with the places of its members, in the workspace or in a file of its own.
pub(super) struct Response {
    node: Node,
    file: Option<ReferredFile>,
}

impl Response {
    pub(super) fn read(
        raw: &RawResponse,
        files: &mut Files<'_>,
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let response = match raw {
            RawResponse::Inline(node) => Self {
                node: node.clone(),
                file: None,
            },
            RawResponse::File(name) => {
                let file = files.read(name, document::LARGEST_DOCUMENT, problems)?;
                let mut of_file = Problems::new(&file.name, &file.text);
                let node = read_object(&file.text, &mut of_file);
                problems.absorb(of_file);
                Self {
                    node: node?,
                    file: Some(file),
                }
            }
        };
        let size = response.node.to_json().to_string().len();
        if size > LARGEST_RESPONSE {
            response.report(
                response.node.place,
                format!("the response has {size} bytes; {LARGEST_RESPONSE} are allowed"),
                "make it smaller",
                problems,
            );
            return None;
        }
        Some(response)
    }

    /// The response as JSON.
    pub(super) fn members(&self) -> Map<String, Value> {
        match self.node.to_json() {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Reports parts that the stage would refuse or drop; `subject` names the response and its use in messages.
    pub(super) fn check_at(&self, stage: Stage, subject: &str, problems: &mut Problems<'_>) {
        match check_response(stage, &self.members()) {
            Ok(checked) => {
                for dropped in checked.dropped {
                    self.report(
                        self.place_of(&dropped.path),
                        format!("{subject} has a part without effect: {dropped}"),
                        &help(stage),
                        problems,
                    );
                }
            }
            Err(refused) => {
                for problem in refused.problems {
                    self.report(
                        self.place_of(&problem.path),
                        format!("{subject} would be refused: {problem}"),
                        &help(stage),
                        problems,
                    );
                }
            }
        }
    }

    fn report(&self, place: Place, message: String, help: &str, problems: &mut Problems<'_>) {
        match &self.file {
            None => problems.push(place, message, help),
            Some(file) => {
                let mut of_file = Problems::new(&file.name, &file.text);
                of_file.push(place, message, help);
                problems.absorb(of_file);
            }
        }
    }

    /// The place of a dotted path with indices (`profilingSteps[0].fields`), or of its nearest parent.
    fn place_of(&self, path: &str) -> Place {
        let mut node = &self.node;
        let mut place = node.place;
        for part in path.split(['.', '[']) {
            match (&node.value, part.strip_suffix(']')) {
                (NodeValue::List(items), Some(index)) => {
                    let index: Option<usize> = index.parse().ok();
                    let Some(item) = index.and_then(|index| items.get(index)) else {
                        break;
                    };
                    node = item;
                    place = item.place;
                }
                (NodeValue::Mapping(entries), None) => {
                    let Some(entry) = entries.iter().find(|entry| entry.key.value == part) else {
                        break;
                    };
                    node = &entry.node;
                    place = entry.key.place;
                }
                _ => break,
            }
        }
        place
    }
}

/// Parses YAML, and so JSON, that holds one object.
fn read_object(text: &str, problems: &mut Problems<'_>) -> Option<Node> {
    let node = document::read(text, "context: { Greeting: Hello }", problems)?;
    if matches!(node.value, NodeValue::Mapping(_)) {
        return Some(node);
    }
    problems.push(
        node.place,
        format!("a response must be an object, not {}", node.description()),
        "write an object such as `{\"context\": {\"Greeting\": \"Hello\"}}`",
    );
    None
}

fn help(stage: Stage) -> String {
    let effects = stage.effects();
    if effects.is_empty() {
        return format!("`{stage}` accepts no effects: remove the binding or the response");
    }
    format!(
        "correct or remove it; `hookpoint stages {}` shows the effects of the stage",
        stage.name()
    )
}
