//! The first reads of an event, made concurrently.

use std::{pin::pin, sync::Arc};

use futures::{
    future::{Either, select},
    join,
};
use hookpoint_stages::{Family, Stage};

use super::{Caller, IngestRequest};
use crate::{
    application::{
        Application,
        binding::{Binding, Target},
        sources::{KEYS_SERVE_FOR, STALE_SERVES_FOR},
    },
    engine::Engine,
    event::problem::Problem,
    identifier::{ApplicationId, StoreId},
    ports::StoreError,
};

/// The application, if it exists.
type Read = Result<Option<Arc<Application>>, Problem>;

impl Engine {
    /// Reads the application of an event together with its bindings at the stage, with those of the identity store that it
    /// probably uses, and with the keys of idempotency and continuations if it needs them. What follows finds all but the
    /// application in the caches. A wrong guess costs a read, but no time.
    pub(super) async fn first_trip(
        &self,
        caller: Caller,
        id: &ApplicationId,
        stage: Stage,
        request: &IngestRequest<'_>,
    ) -> (Read, Result<Arc<[Arc<Binding>]>, StoreError>) {
        let now = request.now;
        // Whether its ingest key was revoked is not known for long.
        let serves_for = match caller {
            Caller::Stranger => KEYS_SERVE_FOR,
            Caller::Authorized => STALE_SERVES_FOR,
        };
        let target = Target::Application(id.clone());
        let application = self.sources.application(id, serves_for, now);
        let own = self.sources.expect_bindings(stage, &target, now);
        let keys = async {
            if self.needs_keys(request) {
                // A failure is remembered, and reported by what needs them.
                let _ = self.sources.continuation_keys(now).await;
            }
        };
        let reading = pin!(async {
            let (application, own, ()) = join!(application, own, keys);
            (application.map_err(Problem::from), own)
        });
        let Some(store) = self.expected_store_of(stage) else {
            return reading.await;
        };
        let target = Target::Store(store.clone());
        let of_store = pin!(self.sources.expect_bindings(stage, &target, now));
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

    /// Whether an event probably has a key or a continuation, and the keys for them are not known. Its body is not parsed
    /// before its caller is known.
    fn needs_keys(&self, request: &IngestRequest<'_>) -> bool {
        !self.sources.has_continuation_keys(request.now)
            && (request.headers.idempotency_key.is_some()
                || str::from_utf8(request.body).is_ok_and(|body| body.contains("\"continuation\"")))
    }

    fn expected_store_of(&self, stage: Stage) -> Option<&StoreId> {
        let has_stores = stage.definition().family == Family::Identity;
        self.expected_store.as_ref().filter(|_| has_stores)
    }
}
