//! A container of a function: what it has read, and what an event makes it request.
//!
//! The ages come from the engine. Only the scheme of earlier versions has numbers of its own.

use std::time::Duration;

use hookpoint_engine::application::sources::{
    AHEAD_FROM, REFRESH_AFTER, SECRETS_AHEAD_BY, SECRETS_REFRESH_AFTER, secret_lifetime,
};

use super::{
    Millis,
    calls::{Call, Calls},
    millis,
    random::Random,
};

/// How secrets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// As in earlier versions: `BatchGetSecretValue` for all names at once, the same lifetime everywhere, and a name without a value asked for
    /// every [`UNSET_BEFORE`].
    Batch,
    /// As today: `GetSecretValue` for each id, lifetimes that differ, and a name without a value remembered as long.
    Single,
}

/// How long the earlier scheme remembered that a name has no value.
const UNSET_BEFORE: Duration = Duration::from_secs(10);

/// The hooks of an application at a stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hooks {
    /// Hook versions that are read.
    pub(super) versions: u64,
    /// Names of secrets that have a value.
    pub(super) set: usize,
    /// Names of secrets that have none.
    pub(super) unset: usize,
    /// Whether one of them is asynchronous.
    pub(super) asynchronous: bool,
    /// Whether runs are recorded; those of asynchronous hooks are recorded by the worker.
    pub(super) records: bool,
    /// Whether marks of gone endpoints are read, as by the worker.
    pub(super) worker: bool,
}

/// A value with the time of its load, and whether an event has used it since.
#[derive(Debug, Clone, Copy)]
struct Loaded {
    at: Millis,
    used: bool,
}

#[derive(Debug)]
struct Name {
    is_set: bool,
    lifetime: Millis,
    loaded: Option<Loaded>,
}

/// The caches of one process.
#[derive(Debug)]
pub(super) struct Container {
    scheme: Scheme,
    hooks: Hooks,
    started: bool,
    /// The application, its bindings and, in the worker, the marks: all age alike.
    state: Option<Loaded>,
    names: Vec<Name>,
}

impl Container {
    pub(super) fn new(scheme: Scheme, hooks: Hooks, random: &mut Random) -> Self {
        let names = (0..hooks.set + hooks.unset).map(|index| {
            let is_set = index < hooks.set;
            let lifetime = match scheme {
                Scheme::Single => secret_lifetime(random.byte()),
                Scheme::Batch if is_set => SECRETS_REFRESH_AFTER,
                Scheme::Batch => UNSET_BEFORE,
            };
            Name {
                is_set,
                lifetime: millis(lifetime),
                loaded: None,
            }
        });
        Self {
            scheme,
            hooks,
            started: false,
            state: None,
            names: names.collect(),
        }
    }

    /// Handles an event: what it reads, what is written behind it, and what is refreshed ahead of the next one.
    pub(super) fn event(&mut self, now: Millis, calls: &mut Calls) {
        let is_first = !self.started;
        self.started = true;
        match &mut self.state {
            Some(state) if now - state.at < millis(REFRESH_AFTER) => {
                state.used |= now > state.at;
            }
            _ => self.read_state(now, calls),
        }
        if is_first {
            calls.add(Call::Query, now, self.hooks.versions);
            if self.scheme == Scheme::Single && !self.names.is_empty() {
                // Two connections are opened with the first event.
                calls.add(Call::GetSecretValue, now, 2);
            }
        }
        for name in &mut self.names {
            match &mut name.loaded {
                Some(loaded) if now - loaded.at < name.lifetime => loaded.used |= now > loaded.at,
                loaded => *loaded = None,
            }
        }
        self.read_names(now, calls, |name| name.loaded.is_none());
        if self.hooks.asynchronous {
            calls.add(Call::SendMessage, now, 1);
        }
        calls.add(Call::BatchWriteItem, now, u64::from(self.hooks.records));
        self.refresh_ahead(now, calls);
    }

    fn refresh_ahead(&mut self, now: Millis, calls: &mut Calls) {
        let due = |loaded: &Loaded, age: Millis| loaded.used && now - loaded.at >= age;
        if self
            .state
            .is_some_and(|state| due(&state, millis(AHEAD_FROM)))
        {
            self.read_state(now, calls);
        }
        if self.scheme == Scheme::Single {
            self.read_names(now, calls, |name| {
                let age = name.lifetime.saturating_sub(millis(SECRETS_AHEAD_BY));
                name.loaded.is_some_and(|loaded| due(&loaded, age))
            });
        }
    }

    fn read_state(&mut self, now: Millis, calls: &mut Calls) {
        calls.add(Call::GetItem, now, 1);
        calls.add(Call::Query, now, 1 + u64::from(self.hooks.worker));
        self.state = Some(Loaded {
            at: now,
            used: false,
        });
    }

    fn read_names(&mut self, now: Millis, calls: &mut Calls, chosen: impl Fn(&Name) -> bool) {
        let (mut names, mut set) = (0, 0);
        for name in self.names.iter_mut().filter(|name| chosen(name)) {
            names += 1;
            set += u64::from(name.is_set);
            name.loaded = Some(Loaded {
                at: now,
                used: false,
            });
        }
        match self.scheme {
            // The application's own id of a name, and the shared one.
            Scheme::Single => calls.add(Call::GetSecretValue, now, 2 * names),
            Scheme::Batch => calls.add(Call::BatchGetSecretValue, now, u64::from(names > 0)),
        }
        calls.add(Call::Decrypt, now, set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOKS: Hooks = Hooks {
        versions: 1,
        set: 1,
        unset: 1,
        asynchronous: true,
        records: true,
        worker: false,
    };

    fn events(scheme: Scheme, seconds: impl IntoIterator<Item = u64>) -> Calls {
        let mut calls = Calls::default();
        let mut container = Container::new(scheme, HOOKS, &mut Random::new(1));
        for second in seconds {
            container.event(second * 1_000, &mut calls);
        }
        calls
    }

    #[test]
    fn the_first_event_reads_everything_and_the_next_nothing() {
        let calls = events(Scheme::Single, [0, 4]);
        assert_eq!(calls.total(Call::GetItem), 1);
        assert_eq!(calls.total(Call::Query), 2);
        assert_eq!(calls.total(Call::GetSecretValue), 2 + 4);
        assert_eq!(calls.total(Call::Decrypt), 1);
        assert_eq!(calls.total(Call::SendMessage), 2);
    }

    #[test]
    fn a_busy_container_refreshes_at_half_the_age_and_secrets_before_their_last_minute() {
        let calls = events(Scheme::Single, 0..60);
        assert_eq!(calls.total(Call::GetItem), 1 + 59 / 5);
        let calls = events(Scheme::Single, 0..=240);
        assert!((6 + 2..=6 + 4).contains(&calls.total(Call::GetSecretValue)));
    }

    #[test]
    fn the_earlier_scheme_asked_for_what_is_not_set_every_ten_seconds() {
        let calls = events(Scheme::Batch, 0..60);
        assert_eq!(calls.total(Call::BatchGetSecretValue), 6);
        assert_eq!(calls.total(Call::GetSecretValue), 0);
    }
}
