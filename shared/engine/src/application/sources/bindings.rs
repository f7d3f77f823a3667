//! Bindings, and what must agree with them.

use std::{sync::Arc, time::SystemTime};

use hookpoint_stages::Stage;

use super::{
    Bindings, Loaded, STALE_SERVES_FOR, Seen, Sources,
    agreement::{has_lost, has_repeated},
};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    ports::StoreError,
};

impl Sources {
    /// Reads the bindings from the store, bypassing the cache.
    pub(crate) async fn fresh_bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Bindings> {
        let bindings = self.load_bindings(stage, target, now).await?;
        Ok(self.keep_bindings(stage, target, bindings, now))
    }

    fn keep_bindings(
        &self,
        stage: Stage,
        target: &Target,
        seen: Seen<Bindings>,
        now: SystemTime,
    ) -> Bindings {
        let bindings = seen.value.clone();
        let key = (stage, target.clone());
        self.known_bindings.values.put(key, seen, now);
        bindings
    }

    /// Every binding of the target at the stage.
    pub(crate) async fn bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Bindings> {
        Ok(self.seen_bindings(stage, target, now).await?.value)
    }

    /// Every binding of the target at the stage, and how old the list is.
    pub(crate) async fn seen_bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Seen<Bindings>> {
        let load = self.load_bindings(stage, target, now);
        self.known_bindings
            .get_or_load(&(stage, target.clone()), STALE_SERVES_FOR, now, load)
            .await
    }

    /// Reads again what was read before something had gone from another of these values. Returns whether all of them agreed.
    ///
    /// # Errors
    /// A read failed, or the application uses another identity store by now: the event must not run with what it has.
    pub(crate) async fn agree(
        &self,
        application: &Application,
        stage: Stage,
        lists: &[(Target, Seen<Bindings>)],
        now: SystemTime,
    ) -> Loaded<bool> {
        let known = self.known_applications.values.peek(&application.id);
        let lost_by_application = |seen: &Seen<Bindings>| {
            let known = known.as_ref();
            known.is_some_and(|known| seen.is_older_than(known, now))
        };
        let mut agreed = true;
        for (target, seen) in lists {
            let is_older = lists
                .iter()
                .any(|(_, other)| seen.is_older_than(other, now));
            if is_older || lost_by_application(seen) {
                agreed = false;
                let read = self.bindings.bindings_now(stage, target).await?;
                let seen = self.seen_list(stage, target, read, now);
                self.keep_bindings(stage, target, seen, now);
            }
        }
        let is_older = known.is_some_and(|known| {
            let mut lists = lists.iter();
            lists.any(|(_, list)| known.is_older_than(list, now))
        });
        if is_older {
            agreed = false;
            let id = &application.id;
            let read = self.applications.application_now(id).await?;
            let read = self.keep_application(id, read, now);
            if read.is_none_or(|read| read.identity_store != application.identity_store) {
                return Err(StoreError::Unreachable {
                    message: format!("application {id} was changed while its event was read"),
                });
            }
        }
        Ok(agreed)
    }

    /// Caches the bindings of an event that may still be refused.
    pub(crate) async fn expect_bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Bindings> {
        let load = self.load_bindings(stage, target, now);
        let seen = self
            .known_bindings
            .expect(&(stage, target.clone()), STALE_SERVES_FOR, now, load)
            .await?;
        Ok(seen.value)
    }

    /// Reads a list. One that lacks a hook, or has one twice, may have been read amid a publication, and is read once more.
    async fn load_bindings(
        &self,
        stage: Stage,
        target: &Target,
        now: SystemTime,
    ) -> Loaded<Seen<Bindings>> {
        let before = self.known_bindings.values.peek(&(stage, target.clone()));
        let Some(before) = before else {
            let read = self.bindings.bindings_now(stage, target).await?;
            return Ok(self.seen_list(stage, target, read, now));
        };
        let read = self.bindings.bindings(stage, target).await?;
        let list: Bindings = read.into_iter().map(Arc::new).collect();
        if has_lost(&before.value, &list) || has_repeated(&list) {
            let read = self.bindings.bindings_now(stage, target).await?;
            return Ok(self.seen_list(stage, target, read, now));
        }
        Ok(Seen {
            value: list,
            read: now,
            since: before.since,
        })
    }

    fn seen_list(
        &self,
        stage: Stage,
        target: &Target,
        read: Vec<Binding>,
        now: SystemTime,
    ) -> Seen<Bindings> {
        let before = self.known_bindings.values.peek(&(stage, target.clone()));
        let list: Bindings = read.into_iter().map(Arc::new).collect();
        Seen::after(before.as_ref(), list, |old, new| has_lost(old, new), now)
    }

    /// Drops the cached bindings of a target at a stage, once it is known that no application uses them.
    pub(crate) fn forget_bindings(&self, stage: Stage, target: &Target) {
        self.known_bindings.values.remove(&(stage, target.clone()));
    }
}
