//! The first reads of an event, made concurrently.

use std::{pin::pin, sync::Arc, time::SystemTime};

use futures::{
    future::{Either, select},
    join,
};
use hookpoint_stages::{Family, Stage};

use crate::{
    application::{
        Application,
        binding::{Binding, Target},
    },
    engine::Engine,
    event::problem::Problem,
    identifier::{ApplicationId, StoreId},
    ports::StoreError,
};

/// The application, if it exists.
type Read = Result<Option<Arc<Application>>, Problem>;

impl Engine {
    /// Reads an application together with its bindings at a stage, and with those of the identity store that it
    /// probably uses. The plan finds the bindings in the cache. A wrong guess costs a read, but no time.
    pub(super) async fn first_trip(
        &self,
        id: &ApplicationId,
        stage: Stage,
        now: SystemTime,
    ) -> (Read, Result<Arc<[Arc<Binding>]>, StoreError>) {
        let target = Target::Application(id.clone());
        let own = self.sources.bindings(stage, &target, now);
        let reading = pin!(async { join!(self.application(id, now), own) });
        let Some(store) = self.expected_store_of(stage) else {
            return reading.await;
        };
        let target = Target::Store(store.clone());
        let of_store = pin!(self.sources.bindings(stage, &target, now));
        match select(reading, of_store).await {
            Either::Left((read, of_store)) => {
                if let Ok(Some(application)) = &read.0
                    && application.identity_store.as_ref() == Some(store)
                {
                    // A failure is the plan's to report.
                    let _ = of_store.await;
                }
                read
            }
            Either::Right((_, reading)) => reading.await,
        }
    }

    fn expected_store_of(&self, stage: Stage) -> Option<&StoreId> {
        let has_stores = stage.definition().family == Family::Identity;
        self.expected_store.as_ref().filter(|_| has_stores)
    }
}
