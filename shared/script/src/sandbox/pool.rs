//! The children that wait ready: one that can run anything, and a few that have compiled a hook already.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hookpoint_engine::hook::Hook;

use super::child::Child;

/// A waiting child and the hook that it has compiled.
struct Primed {
    hook: Arc<Hook>,
    child: Child,
}

/// The waiting children. All of it is bookkeeping; forking is the keeper's.
pub(crate) struct Spares {
    state: Mutex<State>,
    /// How many hooks keep a primed child.
    primed_limit: usize,
}

#[derive(Default)]
struct State {
    unprimed: Option<Child>,
    primed: VecDeque<Primed>,
    /// The hooks that ran last, newest first.
    recent: VecDeque<Arc<Hook>>,
    /// Hooks that did not compile ahead in time: trying again would cost everybody as much again.
    given_up: VecDeque<Arc<Hook>>,
}

/// How many hooks that did not compile ahead are remembered.
const GIVEN_UP_LIMIT: usize = 64;

/// Whether two values stand for the same code: name and version, and the body too, because a workspace under development
/// is published over and over.
fn same(left: &Hook, right: &Hook) -> bool {
    left.name == right.name
        && left.version == right.version
        && (Arc::ptr_eq(&left.body, &right.body) || left.body == right.body)
}

impl Spares {
    pub(crate) fn new(primed_limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            primed_limit,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A waiting child for a hook, and whether it has compiled it already.
    pub(crate) fn take(&self, hook: &Hook) -> Option<(Child, bool)> {
        let mut state = self.lock();
        state.primed.retain(|primed| primed.child.is_alive());
        if let Some(index) = state
            .primed
            .iter()
            .position(|primed| same(&primed.hook, hook))
        {
            return state
                .primed
                .remove(index)
                .map(|primed| (primed.child, true));
        }
        state
            .unprimed
            .take()
            .filter(Child::is_alive)
            .map(|child| (child, false))
    }

    /// A waiting child that has compiled nothing.
    pub(crate) fn take_unprimed(&self) -> Option<Child> {
        self.lock().unprimed.take().filter(Child::is_alive)
    }

    /// Takes note that a hook is in use.
    pub(crate) fn used(&self, hook: &Hook) {
        if self.primed_limit == 0 {
            return;
        }
        let mut state = self.lock();
        match state.recent.iter().position(|known| same(known, hook)) {
            Some(0) => return,
            Some(index) => {
                let known = state.recent.remove(index);
                state.recent.extend(known);
                state.recent.rotate_right(1);
            }
            None => state.recent.push_front(Arc::new(hook.clone())),
        }
        state.recent.truncate(self.primed_limit);
        let State { primed, recent, .. } = &mut *state;
        // Children of hooks that are no longer recent make room.
        primed.retain(|primed| recent.iter().any(|hook| same(hook, &primed.hook)));
    }

    /// Whether any hook was ever in use.
    pub(crate) fn are_used(&self) -> bool {
        !self.lock().recent.is_empty()
    }

    /// The recent hooks without a child that has compiled them.
    pub(crate) fn unprimed_hooks(&self) -> Vec<Arc<Hook>> {
        let mut state = self.lock();
        state.primed.retain(|primed| primed.child.is_alive());
        let State {
            primed,
            recent,
            given_up,
            ..
        } = &*state;
        recent
            .iter()
            .filter(|hook| !primed.iter().any(|primed| same(&primed.hook, hook)))
            .filter(|hook| !given_up.iter().any(|other| same(other, hook)))
            .cloned()
            .collect()
    }

    /// Takes note that a hook cannot be compiled ahead.
    pub(crate) fn give_up_on(&self, hook: Arc<Hook>) {
        let mut state = self.lock();
        state.given_up.push_front(hook);
        state.given_up.truncate(GIVEN_UP_LIMIT);
    }

    /// Whether no child waits for whatever comes.
    pub(crate) fn lacks_unprimed(&self) -> bool {
        !self.lock().unprimed.as_ref().is_some_and(Child::is_alive)
    }

    pub(crate) fn keep_unprimed(&self, child: Child) {
        self.lock().unprimed = Some(child);
    }

    pub(crate) fn keep_primed(&self, hook: Arc<Hook>, child: Child) {
        let mut state = self.lock();
        if !state.recent.iter().any(|recent| same(recent, &hook))
            || state.primed.iter().any(|primed| same(&primed.hook, &hook))
        {
            return;
        }
        state.primed.push_back(Primed { hook, child });
    }

    /// Ends all of them.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.recent.clear();
        state.primed.clear();
        state.unprimed = None;
    }
}

#[cfg(test)]
mod tests {
    use hookpoint_engine::hook::{HookBody, Implementation, ScriptHook};

    use super::*;

    fn hook(name: &str, version: u32) -> Hook {
        let script = ScriptHook {
            source: format!("// {name} {version}"),
            file: None,
            hosts: Vec::new(),
        };
        let body = HookBody {
            implementation: Implementation::Script(script),
            secrets: Vec::new(),
        };
        Hook {
            name: name.parse().unwrap(),
            version,
            body: Arc::new(body),
        }
    }

    fn waiting(spares: &Spares) -> Vec<(String, u32)> {
        let hooks = spares.unprimed_hooks();
        hooks
            .iter()
            .map(|hook| (hook.name.to_string(), hook.version))
            .collect()
    }

    #[test]
    fn the_hooks_that_ran_last_are_primed_and_one_that_did_not_compile_ahead_is_left_alone() {
        let spares = Spares::new(2);
        assert!(!spares.are_used());
        for version in 1..=2 {
            spares.used(&hook("slow", version));
        }
        spares.used(&hook("quick", 1));
        assert_eq!(
            waiting(&spares),
            [("quick".to_owned(), 1), ("slow".to_owned(), 2)]
        );
        spares.give_up_on(Arc::new(hook("slow", 2)));
        spares.used(&hook("slow", 2));
        assert_eq!(waiting(&spares), [("quick".to_owned(), 1)]);
        spares.used(&hook("slow", 3));
        assert_eq!(
            waiting(&spares)[0],
            ("slow".to_owned(), 3),
            "another version may do better"
        );
    }
}
