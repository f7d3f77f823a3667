//! What a hook response asks for, checked against its stage.
//!
//! **A veto never fails open.** A malformed `deny`, `showError`, `redirect`, `profilingSteps` or `password`, one of them on a
//! stage that does not accept it, or a misspelt one on a stage that does, is a [`BadVeto`]: the hook failed, and its failure policy
//! decides. Any other effect that is malformed or not accepted is dropped and reported; the rest of the response still counts.
//! A member that is `null` counts as absent.

mod nearest;
mod profiling;
mod shape;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use hookpoint_stages::{Effect, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::redaction::beginning;

/// How many dropped parts of a response are reported one by one.
const DROPPED_LIMIT: usize = 20;

/// The effects of one response: each well-formed, each accepted by the stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Map<String, Value>", from = "Map<String, Value>")]
pub struct Effects(BTreeMap<Effect, Value>);

impl Effects {
    /// The value of an effect.
    pub fn get(&self, effect: Effect) -> Option<&Value> {
        self.0.get(&effect)
    }

    /// Sets an effect.
    pub fn set(&mut self, effect: Effect, value: Value) {
        self.0.insert(effect, value);
    }

    /// Takes an effect out.
    pub fn remove(&mut self, effect: Effect) -> Option<Value> {
        self.0.remove(&effect)
    }

    /// True when nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every effect with its value, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = (Effect, &Value)> {
        self.0.iter().map(|(effect, value)| (*effect, value))
    }

    /// The effect that ends the pass; at most one is there.
    pub fn end(&self) -> Option<Effect> {
        self.0.keys().copied().find(|effect| effect.ends_pass())
    }

    /// Whether a password is called wrong: a veto that does not end the pass.
    pub fn refuses_password(&self) -> bool {
        self.get(Effect::Password)
            .is_some_and(|verdict| verdict["valid"] == false)
    }
}

impl From<Effects> for Map<String, Value> {
    fn from(effects: Effects) -> Self {
        effects
            .0
            .into_iter()
            .map(|(effect, value)| (effect.as_str().to_owned(), value))
            .collect()
    }
}

impl From<Map<String, Value>> for Effects {
    /// Takes members as they are: for what was checked before and comes back from a sealed token.
    fn from(members: Map<String, Value>) -> Self {
        Self(
            members
                .into_iter()
                .filter_map(|(member, value)| Some((Effect::from_member(&member)?, value)))
                .collect(),
        )
    }
}

/// A response after its check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckedResponse {
    /// What counts.
    pub effects: Effects,
    /// What does not, and why.
    pub dropped: Vec<Dropped>,
}

/// A part of a response that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Dotted path inside the response.
    pub path: String,
    /// Why, as a fragment of a sentence.
    pub reason: String,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` {}", self.path, self.reason)
    }
}

/// A veto that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{path}` {reason}")]
pub struct BadVeto {
    /// Dotted path inside the response.
    pub path: String,
    /// What is wrong, as a fragment of a sentence.
    pub reason: String,
}

/// Checks a hook's response against the stage.
pub fn check_response(
    stage: Stage,
    response: &Map<String, Value>,
) -> Result<CheckedResponse, BadVeto> {
    let accepted = stage.definition().effects;
    let mut checked = CheckedResponse::default();
    for (member, value) in response {
        if value.is_null() {
            continue;
        }
        let Some(effect) = Effect::from_member(member) else {
            let meant = nearest::nearest(member, accepted);
            let reason = match meant {
                None => "is not an effect".to_owned(),
                Some(meant) => format!("is not an effect; did you mean `{meant}`?"),
            };
            if meant.is_some_and(Effect::is_veto) {
                return Err(BadVeto {
                    path: shown(member),
                    reason,
                });
            }
            checked.drop(shown(member), reason);
            continue;
        };
        if !accepted.contains(&effect) {
            let reason = format!("is not accepted at `{stage}`");
            if effect.is_veto() {
                return Err(BadVeto {
                    path: member.clone(),
                    reason,
                });
            }
            checked.drop(member.clone(), reason);
            continue;
        }
        match shape::check(effect, value, &mut checked.dropped) {
            Ok(value) => checked.effects.set(effect, value),
            Err(problem) if effect.is_veto() => {
                return Err(BadVeto {
                    path: problem.path,
                    reason: problem.reason,
                });
            }
            Err(problem) => checked.dropped.push(problem),
        }
    }
    one_end(&mut checked)?;
    checked.shorten();
    Ok(checked)
}

/// A denial wins over whatever else the same response asks for; of the other endings only one can be meant.
fn one_end(checked: &mut CheckedResponse) -> Result<(), BadVeto> {
    let ends: Vec<Effect> = checked
        .effects
        .0
        .keys()
        .copied()
        .filter(|effect| effect.ends_pass())
        .collect();
    if ends.contains(&Effect::Deny) {
        for effect in ends.into_iter().filter(|effect| *effect != Effect::Deny) {
            checked.effects.remove(effect);
            checked.drop(effect.as_str().to_owned(), "is overruled by `deny`");
        }
    } else if let [first, second, ..] = ends[..] {
        return Err(BadVeto {
            path: second.to_string(),
            reason: format!("cannot come with `{first}`: answer one of them"),
        });
    }
    Ok(())
}

impl CheckedResponse {
    /// Keeps the report of what was dropped short: a response can hold thousands of members that mean nothing.
    fn shorten(&mut self) {
        let more = self.dropped.len().saturating_sub(DROPPED_LIMIT);
        if more > 0 {
            self.dropped.truncate(DROPPED_LIMIT);
            self.drop("…".to_owned(), format!("and {more} more were dropped"));
        }
    }

    fn drop(&mut self, path: String, reason: impl Into<String>) {
        self.dropped.push(Dropped {
            path,
            reason: reason.into(),
        });
    }
}

/// A member name fit for a log line: names come from hooks and may be long.
fn shown(member: &str) -> String {
    beginning(member, 64)
}
