//! Keeps events on this machine, whatever the application says: they are the author's own, and can be replayed and saved as cases.

use async_trait::async_trait;
use hookpoint_engine::{
    application::Application,
    identifier::ApplicationId,
    ports::{ApplicationSource, StoreError},
};
use hookpoint_local::LocalStore;

/// Applications as published, except that each keeps its events.
pub(crate) struct KeepingEvents(pub(crate) LocalStore);

#[async_trait]
impl ApplicationSource for KeepingEvents {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let found = self.0.application(id).await?;
        Ok(found.map(|application| Application {
            keep_events: true,
            ..application
        }))
    }
}
