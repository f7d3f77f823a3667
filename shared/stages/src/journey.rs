//! The journeys: the order in which a platform reports stages, and where the effects of hooks lead.
//!
//! Pure data, like the catalogue of stages. The manual, the drawings, `hookpoint journeys` and the journeys that plugins may name
//! come from here.

mod table;
#[cfg(test)]
mod tests;

pub use self::table::JOURNEYS;
use crate::{Effect, Family, Lead, Stage};

/// A customer's path through an application.
#[derive(Debug)]
pub struct Journey {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// Display name, in sentence case.
    pub title: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// The kind of application that has it.
    pub family: Family,
    /// Whether the steps follow each other; otherwise the customer chooses one.
    pub is_sequence: bool,
    /// The steps, in order.
    pub steps: &'static [Step],
}

/// Something that the platform does, around which it reports stages.
#[derive(Debug)]
pub struct Step {
    /// Its name, unique in the journey, in kebab-case.
    pub name: &'static str,
    /// Display name, in sentence case.
    pub title: &'static str,
    /// What happens, in one sentence.
    pub summary: &'static str,
    /// When it is part of the journey, to follow "when"; always without one.
    pub when: Option<&'static str>,
    /// The stages, in the order in which they are reported.
    pub points: &'static [Point],
}

/// A stage at its place in a journey.
#[derive(Debug)]
pub struct Point {
    /// Where it is, seen from its step.
    pub moment: Moment,
    /// The stage.
    pub stage: Stage,
    /// When it is reported, to follow "when"; whenever the step happens without one.
    pub when: Option<&'static str>,
    /// The step to which the customer returns after `showError`.
    pub retry: &'static str,
}

/// The place of a stage, seen from its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the platform acts: hooks can prevent it.
    Before,
    /// While it acts, in one of its cases.
    At,
    /// After it acted.
    After,
}

impl Moment {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::At => "at",
            Self::After => "after",
        }
    }
}

impl Journey {
    /// The journey with a name.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        JOURNEYS.iter().find(|journey| journey.name == name)
    }

    /// The names of all journeys.
    pub fn names() -> impl Iterator<Item = &'static str> {
        JOURNEYS.iter().map(|journey| journey.name)
    }

    /// A step by its name.
    pub fn step(&self, name: &str) -> Option<&'static Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Each stage with its step, in order.
    pub fn points(&self) -> impl Iterator<Item = (&'static Step, &'static Point)> {
        let steps = self.steps.iter();
        steps.flat_map(|step| step.points.iter().map(move |point| (step, point)))
    }

    /// What a denial ends: the journey, or the step alone where the customer chooses each.
    pub fn ended_by_denial(&self) -> &'static str {
        if self.is_sequence { "journey" } else { "step" }
    }

    /// Whether the stage is reported on the journey.
    pub fn has(&self, stage: Stage) -> bool {
        self.points().any(|(_, point)| point.stage == stage)
    }
}

impl Point {
    /// The effects that leave the straight way here.
    pub fn branches(&self) -> impl Iterator<Item = Effect> {
        let effects = self.stage.effects().iter();
        effects.filter(|effect| effect.lead() != Lead::Onwards)
    }

    /// Where an effect leads from here on a journey, as a fragment of a sentence.
    pub fn way(&self, effect: Effect, journey: &Journey) -> String {
        let definition = effect.definition();
        match definition.lead {
            Lead::Denied => format!("the {} ends", journey.ended_by_denial()),
            Lead::Retried => format!("a message, and `{}` again", self.retry),
            Lead::Redirected => "the browser leaves, returns, and the hook goes on".to_owned(),
            Lead::Asked => "the customer answers, and the hook goes on".to_owned(),
            Lead::Chosen => {
                let mut letters = definition.summary.trim_end_matches('.').chars();
                let first = letters.next().into_iter().flat_map(char::to_lowercase);
                first.chain(letters).collect()
            }
            Lead::Onwards => "the journey goes on".to_owned(),
        }
    }
}
