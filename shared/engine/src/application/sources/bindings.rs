//! Bindings, and what must agree with them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{future::try_join_all, join};
use hookpoint_stages::Stage;

use super::{
    Bindings, Loaded, STALE_SERVES_FOR, Seen, Sources,
    agreement::{Standing, has_lost, has_repeated},
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

    /// Reads again what may lack a hook that has gone from another of these values. Returns whether all of them agreed.
    ///
    /// # Errors
    /// A read failed without which a hook may be missed, or the application uses another identity store by now: the event must not run
    /// with what it has.
    pub(crate) async fn agree(
        &self,
        application: &Application,
        stage: Stage,
        lists: &[(Target, Seen<Bindings>)],
        now: SystemTime,
    ) -> Loaded<bool> {
        let Some(known) = self.known_applications.values.peek(&application.id) else {
            return Ok(true);
        };
        let of_list = |target: &Target, list: &Seen<Bindings>| {
            let others = lists.iter().filter(|(other, _)| other != target);
            let others = others.map(|(_, other)| list.beside(other));
            others.fold(list.beside(&known), Standing::max)
        };
        let of_application = lists.iter().map(|(_, list)| known.beside(list));
        let of_application = of_application.fold(Standing::Agrees, Standing::max);
        let of_lists: Vec<_> = lists
            .iter()
            .map(|(target, list)| (target, list, of_list(target, list)))
            .collect();
        let worst = of_lists.iter().map(|(_, _, of)| *of);
        if worst.fold(of_application, Standing::max) == Standing::Agrees {
            return Ok(true);
        }
        // It rarely comes to this, and all events would carry its size.
        Box::pin(async {
            let lists = of_lists.into_iter();
            let lists =
                lists.map(|(target, list, of)| self.bindings_again(stage, target, list, of, now));
            let (lists, application) = join!(
                try_join_all(lists),
                self.application_again(application, &known, of_application, now)
            );
            let has_read = lists?.contains(&true);
            Ok(!(application? || has_read))
        })
        .await
    }

    /// Reads a list again if it does not agree. Returns whether it is newer now.
    async fn bindings_again(
        &self,
        stage: Stage,
        target: &Target,
        list: &Seen<Bindings>,
        standing: Standing,
        now: SystemTime,
    ) -> Loaded<bool> {
        let Some(serves_for) = serves_for(standing) else {
            return Ok(false);
        };
        let load = async {
            let later = self.later(now);
            let read = self.bindings.bindings_now(stage, target).await?;
            Ok(self.seen_list(stage, target, read, now).at(later))
        };
        let key = (stage, target.clone());
        let read = self.known_bindings.reload(&key, serves_for, now, load);
        Ok(read.await?.is_newer_than(list))
    }

    /// Reads the application of an event again if it does not agree. Returns whether it is newer now.
    async fn application_again(
        &self,
        application: &Application,
        known: &Seen<Option<Arc<Application>>>,
        standing: Standing,
        now: SystemTime,
    ) -> Loaded<bool> {
        let Some(serves_for) = serves_for(standing) else {
            return Ok(false);
        };
        let id = &application.id;
        let load = async {
            let later = self.later(now);
            let read = self.applications.application_now(id).await?;
            Ok(self.seen_application(id, read, now).at(later))
        };
        let read = self.known_applications.reload(id, serves_for, now, load);
        let read = read.await?;
        let is_newer = read.is_newer_than(known);
        let store = |application: &Application| application.identity_store.clone();
        let is_same = |read: &Arc<Application>| store(read) == store(application);
        if !read.value.as_ref().is_some_and(is_same) {
            self.keep_application(id, read, now);
            return Err(StoreError::Unreachable {
                message: format!("application {id} was changed while its event was read"),
            });
        }
        Ok(is_newer)
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
        let seen = self.seen_list(stage, target, read, now).lagging();
        if has_lost(&before.value, &seen.value) || has_repeated(&seen.value) {
            let read = self.bindings.bindings_now(stage, target).await?;
            return Ok(self.seen_list(stage, target, read, now));
        }
        Ok(seen)
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
        let has_lost = |old: &Bindings, new: &Bindings| has_lost(old, new);
        Seen::after(before.as_ref(), list, has_lost, now, self.later(now))
    }

    /// Drops the cached bindings of a target at a stage, once it is known that no application uses them.
    pub(crate) fn forget_bindings(&self, stage: Stage, target: &Target) {
        self.known_bindings.values.remove(&(stage, target.clone()));
    }
}

/// How old a value may be that serves if it cannot be read again; `None` if it need not be.
fn serves_for(standing: Standing) -> Option<Duration> {
    match standing {
        Standing::Agrees => None,
        Standing::MayBeOlder => Some(STALE_SERVES_FOR),
        Standing::IsOlder => Some(Duration::ZERO),
    }
}
