//! What an entry of the table says about an effect.

use super::Lead;
use crate::{
    Stage,
    definition::{Family, ModeRule},
    form::Form,
};

/// The catalogue entry of an effect.
#[derive(Debug)]
pub struct EffectDefinition {
    /// The member of the response object that contains the effect.
    pub name: &'static str,
    /// The summary, in one sentence.
    pub summary: &'static str,
    /// The stages that accept it.
    pub stages: Stages,
    /// The form of its value.
    pub form: Form,
    /// True when the effect can stop or correct the event. If it is malformed or misplaced, the hook fails: a veto must
    /// not fail open.
    pub veto: bool,
    /// How it affects the pass over the stage's hooks.
    pub ending: Ending,
    /// Where it leads on a journey.
    pub lead: Lead,
    /// A realistic value, as JSON.
    pub example: &'static str,
}

/// How an effect changes the pass over a stage's hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The next hooks run.
    GoesOn,
    /// No further hook runs.
    Ends,
    /// No further hook runs until the host posts the stage again with a continuation.
    Suspends,
}

/// The stages that accept an effect. A new stage is accepted without an edit here, except by [`Stages::Only`].
#[derive(Debug, Clone, Copy)]
pub enum Stages {
    /// Every conversation stage, and every identity stage with a response.
    Every,
    /// Every identity stage with a response, except these.
    IdentityExcept(&'static [Stage]),
    /// Only these.
    Only(&'static [Stage]),
}

impl Stages {
    /// Whether the stage is one of them.
    pub const fn contain(&self, stage: Stage) -> bool {
        let definition = stage.definition();
        let is_identity = matches!(definition.family, Family::Identity);
        let responds = !matches!(definition.mode, ModeRule::AsynchronousOnly);
        match self {
            Self::Every => !is_identity || responds,
            Self::IdentityExcept(others) => is_identity && responds && !lists(others, stage),
            Self::Only(stages) => lists(stages, stage),
        }
    }
}

/// `contains` of slices is not const.
const fn lists(stages: &[Stage], stage: Stage) -> bool {
    let mut index = 0;
    while index < stages.len() {
        if stages[index] as usize == stage as usize {
            return true;
        }
        index += 1;
    }
    false
}
