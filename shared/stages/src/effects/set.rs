//! The effects that each stage accepts, computed from the table when it is compiled.

use std::fmt;

use super::Effect;
use crate::Stage;

/// A set of effects, iterated in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EffectSet(u32);

impl EffectSet {
    /// Whether the effect is in the set.
    pub const fn contains(self, effect: Effect) -> bool {
        self.0 & bit(effect) != 0
    }

    /// True when no effect is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The effects of the set.
    pub fn iter(self) -> impl Iterator<Item = Effect> {
        let all = Effect::ALL.into_iter();
        all.filter(move |effect| self.contains(*effect))
    }

    const fn accepted_at(stage: Stage) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < Effect::ALL.len() {
            let effect = Effect::ALL[index];
            if effect.definition().stages.contain(stage) {
                bits |= bit(effect);
            }
            index += 1;
        }
        Self(bits)
    }
}

const fn bit(effect: Effect) -> u32 {
    1 << effect as u32
}

impl fmt::Debug for EffectSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl Stage {
    /// The effects accepted in a hook response; any other is dropped or, if it is a veto, fails the hook.
    pub fn effects(self) -> EffectSet {
        static ACCEPTED: [EffectSet; Stage::ALL.len()] = accepted();
        ACCEPTED[self as usize]
    }
}

const fn accepted() -> [EffectSet; Stage::ALL.len()] {
    let mut sets = [EffectSet(0); Stage::ALL.len()];
    let mut index = 0;
    while index < sets.len() {
        sets[index] = EffectSet::accepted_at(Stage::ALL[index]);
        index += 1;
    }
    sets
}
