//! The effects of a hook response, checked against its stage.
//!
//! **A veto never fails open.** A veto (`deny`, `showError`, `redirect`, `profilingSteps`, `password`) that is malformed, misspelt, or not
//! accepted by the stage is a [`BadVeto`]: the hook fails, and its failure policy decides, unless another veto in the response is valid:
//! then that one counts, and the invalid one is dropped. Texts of `deny` and `showError` are made to fit rather than refused. Any other
//! effect that is malformed or not accepted is dropped and reported; the rest of the response still counts. A `null` member counts as
//! absent. The catalogue's [`Form`] defines valid values; `form` checks them.

mod form;
mod message;
mod path;
mod problems;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use hookpoint_stages::{Effect, EffectSet, Form, Lead, Stage};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

pub use self::form::describe_form;
use self::{form::Checker, path::Path, problems::Problems};
use crate::{confidential::redaction::beginning, spelling::nearest};

/// The effects of one response, each well-formed and accepted by the stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Map<String, Value>", from = "Map<String, Value>")]
pub struct Effects(BTreeMap<Effect, Value>);

impl Effects {
    /// Returns the value of an effect.
    pub fn get(&self, effect: Effect) -> Option<&Value> {
        self.0.get(&effect)
    }

    /// Sets an effect, replacing its value.
    pub fn set(&mut self, effect: Effect, value: Value) {
        self.0.insert(effect, value);
    }

    /// Removes an effect and returns its value.
    pub fn remove(&mut self, effect: Effect) -> Option<Value> {
        self.0.remove(&effect)
    }

    /// True when there are no effects.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over effects and values, in the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = (Effect, &Value)> {
        self.0.iter().map(|(effect, value)| (*effect, value))
    }

    /// The effect that ends the pass, if any; there is at most one.
    pub fn end(&self) -> Option<Effect> {
        self.0.keys().copied().find(|effect| effect.ends_pass())
    }

    /// Whether the password is rejected: a veto that does not end the pass.
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
    /// Trusts the members: they were checked before and come from a sealed token.
    fn from(members: Map<String, Value>) -> Self {
        Self(
            members
                .into_iter()
                .filter_map(|(member, value)| Some((Effect::from_member(&member)?, value)))
                .collect(),
        )
    }
}

/// A response after validation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckedResponse {
    /// The valid effects.
    pub effects: Effects,
    /// The dropped parts, with reasons.
    pub dropped: Vec<Dropped>,
}

/// A dropped part of a response.
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

/// A response with an invalid veto and no valid one; the hook's failure policy applies instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct BadVeto {
    /// All problems of the response, the vetoes first.
    pub problems: Vec<Dropped>,
}

/// Checks a hook's response against the stage, and collects every problem in it.
pub fn check_response(
    stage: Stage,
    response: &Map<String, Value>,
) -> Result<CheckedResponse, BadVeto> {
    let mut check = Check::new(stage);
    for (member, value) in response.iter().filter(|(_, value)| !value.is_null()) {
        match Effect::from_member(member) {
            None => check.unknown(member),
            Some(effect) if check.accepted.contains(effect) => check.accepted(effect, value),
            Some(effect) => {
                let problem = Dropped {
                    path: shown(member),
                    reason: format!("is not accepted at `{stage}`"),
                };
                let lead = ", which accepts ".to_owned();
                let problems = check.problems(effect.is_veto());
                problems.push_with_lead(|| (problem, lead));
            }
        }
    }
    check.one_end();
    check.finish()
}

/// A response being checked.
struct Check {
    stage: Stage,
    accepted: EffectSet,
    effects: Effects,
    /// Problems that fail the hook.
    bad_vetoes: Problems,
    dropped: Problems,
}

impl Check {
    fn new(stage: Stage) -> Self {
        Self {
            stage,
            accepted: stage.effects(),
            effects: Effects::default(),
            bad_vetoes: Problems::default(),
            dropped: Problems::default(),
        }
    }

    fn accepted(&mut self, effect: Effect, value: &Value) {
        let definition = effect.definition();
        let mut checker = Checker::default();
        let path = Path::Effect(definition.name);
        let mut fitted = None;
        if let (true, Form::Members { members, .. }, Value::Object(given)) =
            (definition.lead.shows_message(), &definition.form, value)
        {
            let mut given = given.clone();
            message::fit(members, path, &mut given, &mut self.dropped);
            fitted = Some(Value::Object(given));
        }
        let value = fitted.as_ref().unwrap_or(value);
        if let Some(value) = checker.check(&definition.form, path, value) {
            self.effects.set(effect, value);
        }
        self.dropped.append(checker.left_out);
        if definition.veto {
            self.bad_vetoes.append(checker.wrong);
        } else {
            self.dropped.append(checker.wrong);
        }
    }

    fn unknown(&mut self, member: &str) {
        // In the order of the catalogue; on a tie the first wins.
        let known = self.accepted.iter().map(Effect::as_str);
        let meant = nearest(&[member], known);
        let is_veto = meant
            .and_then(Effect::from_member)
            .is_some_and(Effect::is_veto);
        let (stage, path) = (self.stage, || shown(member));
        let problems = self.problems(is_veto);
        match meant {
            None => problems.push_with_lead(|| {
                let reason = "is not an effect".to_owned();
                let lead = format!("; `{stage}` accepts ");
                (
                    Dropped {
                        path: path(),
                        reason,
                    },
                    lead,
                )
            }),
            Some(meant) => problems.push(|| {
                let reason = format!("is not an effect; did you mean `{meant}`?");
                Dropped {
                    path: path(),
                    reason,
                }
            }),
        }
    }

    /// The problems that fail the hook, or those that only drop something.
    fn problems(&mut self, is_veto: bool) -> &mut Problems {
        if is_veto {
            &mut self.bad_vetoes
        } else {
            &mut self.dropped
        }
    }

    /// Keeps one ending: a denial, else a redirect, questions, a message.
    fn one_end(&mut self) {
        const ORDER: [Lead; 4] = [Lead::Denied, Lead::Redirected, Lead::Asked, Lead::Retried];
        let ends = self.effects.iter().map(|(effect, _)| effect);
        let mut ends: Vec<_> = ends.filter(|effect| effect.ends_pass()).collect();
        ends.sort_by_key(|effect| {
            let place = ORDER.iter().position(|lead| *lead == effect.lead());
            place.unwrap_or(ORDER.len())
        });
        let mut ends = ends.into_iter();
        let Some(kept) = ends.next() else { return };
        for effect in ends {
            self.effects.remove(effect);
            self.dropped.push(|| Dropped {
                path: effect.to_string(),
                reason: format!("is overruled by `{kept}`"),
            });
        }
    }

    fn finish(self) -> Result<CheckedResponse, BadVeto> {
        let stands = self.effects.end().is_some() || self.effects.refuses_password();
        let is_refused = !stands && !self.bad_vetoes.is_empty();
        let mut problems = self.bad_vetoes;
        problems.append(self.dropped);
        problems.list(|| listed(self.accepted));
        if is_refused {
            return Err(BadVeto {
                problems: problems.into_named("are wrong"),
            });
        }
        Ok(CheckedResponse {
            effects: self.effects,
            dropped: problems.into_named("were dropped"),
        })
    }
}

/// Effects by name: `` `context`, `deny` ``.
fn listed(effects: EffectSet) -> String {
    let names: Vec<_> = effects.iter().map(|effect| format!("`{effect}`")).collect();
    if names.is_empty() {
        return "no effects".to_owned();
    }
    names.join(", ")
}

/// A member name shortened for logs: names come from hooks and may be long.
fn shown(member: &str) -> String {
    beginning(member, 64)
}
