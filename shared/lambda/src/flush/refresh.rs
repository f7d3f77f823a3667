//! Cached data, refreshed after the response instead of in front of the next event.

use std::{sync::Arc, time::SystemTime};

use async_trait::async_trait;
use hookpoint_engine::Engine;

use super::Flush;

/// The engine whose caches are refreshed.
pub(crate) struct Refresh(pub(crate) Arc<Engine>);

#[async_trait]
impl Flush for Refresh {
    fn name(&self) -> &'static str {
        "refreshing cached data"
    }

    async fn flush(&self) {
        self.0.refresh_ahead(SystemTime::now()).await;
    }
}
