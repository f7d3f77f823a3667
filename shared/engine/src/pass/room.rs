//! Keeps responses within the size limit, and drops other effects when a veto needs the space.

use std::mem;

use hookpoint_stages::Effect;
use serde_json::{Map, Value};

use super::Pass;
use crate::{
    hook::{
        effects::{Dropped, Effects},
        run::{HookResult, response_body},
    },
    pass::merge::Merged,
    ports::RESPONSE_LIMIT,
};

impl HookResult {
    /// Keeps the rejection of a password and drops the rest of the response.
    pub(super) fn keep_refusal(&mut self) {
        let mut kept = Effects::default();
        for (effect, value) in mem::take(&mut self.effects).iter() {
            if effect == Effect::Password {
                kept.set(effect, value.clone());
            } else {
                let reason = format!(
                    "was dropped: with it, the merged response would exceed {RESPONSE_LIMIT} bytes"
                );
                self.leave_out(effect, reason);
            }
        }
        self.replace_effects(kept);
    }
}

impl Pass<'_> {
    /// Merges a wave that does not end the pass. Returns the result with a bound of its size, or the index of the
    /// response that makes it too large.
    pub(super) fn merge(&mut self, settled: &mut [HookResult]) -> Result<(Merged, usize), usize> {
        let mut size_bound = self.size_bound;
        let added: usize = settled.iter().map(|result| result.size_bound).sum();
        // A wave that fits is always merged.
        let mut merged = if size_bound + added <= RESPONSE_LIMIT {
            mem::take(&mut self.merged)
        } else {
            self.merged.clone()
        };
        for index in 0..settled.len() {
            let counted = &mut settled[index];
            let may_overflow = size_bound + counted.size_bound > RESPONSE_LIMIT;
            let before = may_overflow.then(|| merged.clone());
            merged.add(counted.report.record.binding.as_str(), &counted.effects);
            size_bound += counted.size_bound;
            let Some(before) = before else { continue };
            // The exact size is computed only when the bound exceeds the limit.
            size_bound = size(&merged);
            if size_bound <= RESPONSE_LIMIT || counted.effects.is_empty() {
                continue;
            }
            if !counted.effects.refuses_password() {
                return Err(index);
            }
            merged = before;
            counted.keep_refusal();
            merged.add(counted.report.record.binding.as_str(), &counted.effects);
            size_bound = size(&merged);
            while size_bound > RESPONSE_LIMIT
                && let Some(largest) = largest_effect(&merged.effects)
            {
                merged.effects.remove(largest);
                self.leave_out(largest, settled, index);
                size_bound = size(&merged);
            }
        }
        Ok((merged, size_bound))
    }

    /// The response to a denied or corrected event, without the effects meant for an event that continues. If the
    /// `context` and `session` of all hooks do not fit, it has only those of the vetoing hook, or none.
    pub(super) fn stopped(
        &mut self,
        merged: &Merged,
        settled: &mut [HookResult],
        vetoing: usize,
    ) -> Map<String, Value> {
        let own = settled[vetoing].effects.clone();
        let response = stopped_with(&merged.effects, &own);
        if fits(&response) {
            return response;
        }
        let alone = stopped_with(&own, &own);
        let response = if fits(&alone) {
            alone
        } else {
            stopped_with(&Effects::default(), &own)
        };
        for effect in CARRIED {
            if merged.effects.get(effect) != response.get(effect.as_str()) {
                self.leave_out(effect, settled, vetoing);
            }
        }
        response
    }

    /// Records that an effect was dropped in favour of a veto: on the runs that set it, or on the vetoing run if they
    /// were in an earlier request.
    fn leave_out(&mut self, effect: Effect, settled: &mut [HookResult], vetoing: usize) {
        let reason = format!(
            "was dropped: with it, the response with the veto of `{}` would exceed {RESPONSE_LIMIT} bytes",
            settled[vetoing].report.record.binding
        );
        let dropped = || Dropped {
            path: effect.as_str().to_owned(),
            reason: reason.clone(),
        };
        let mut recorded = false;
        for run in &mut self.runs {
            let record = &mut run.record;
            if record.effects.iter().any(|name| name == effect.as_str()) {
                record.effects.retain(|name| name != effect.as_str());
                record.dropped.push(dropped());
                recorded = true;
            }
        }
        for (index, other) in settled.iter_mut().enumerate() {
            if index != vetoing && other.effects.remove(effect).is_some() {
                other.report.record.dropped.push(dropped());
                recorded = true;
            }
        }
        if !recorded {
            settled[vetoing].report.record.dropped.push(dropped());
        }
    }
}

/// Effects that the response to a denied or corrected event keeps.
const CARRIED: [Effect; 2] = [Effect::Context, Effect::Session];

fn stopped_with(carried: &Effects, ending: &Effects) -> Map<String, Value> {
    let carried = CARRIED
        .into_iter()
        .filter_map(|effect| Some((effect, carried.get(effect)?)));
    members(carried.chain(ending.iter().filter(|(effect, _)| effect.ends_pass())))
}

pub(super) fn members<'a>(
    effects: impl Iterator<Item = (Effect, &'a Value)>,
) -> Map<String, Value> {
    effects
        .map(|(effect, value)| (effect.as_str().to_owned(), value.clone()))
        .collect()
}

/// Whether a response is within the limit. The exact size is computed only when the bound exceeds it.
pub(super) fn fits(response: &Map<String, Value>) -> bool {
    response_body::object_bound(response) <= RESPONSE_LIMIT
        || serde_json::to_vec(response).is_ok_and(|bytes| bytes.len() <= RESPONSE_LIMIT)
}

fn size(merged: &Merged) -> usize {
    serde_json::to_vec(&merged.effects).map_or(usize::MAX, |bytes| bytes.len())
}

fn largest_effect(effects: &Effects) -> Option<Effect> {
    effects
        .iter()
        .filter(|(effect, _)| !effect.is_veto())
        .max_by_key(|(_, value)| response_body::size_bound(value))
        .map(|(effect, _)| effect)
}
