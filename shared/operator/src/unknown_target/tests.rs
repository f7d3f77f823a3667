//! Stores whose index lacks what an older version published, or may not be read.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hookpoint_engine::{
    application::Application,
    audit::AuditEntry,
    hook::{Hook, HookReference},
    identifier::HookName,
    ports::{HookDeletion, PublishError, Temporary, UnreadableItem},
    publish::{Desired, DesiredBinding, Publication, PublicationId, PublicationRecord, Snapshot},
    stages::Family,
    testing::{MemoryStore, sample},
};
use hookpoint_stages::Stage;
use serde_json::json;

use super::*;
use crate::{PullError, RearrangeError, plan_order, pull};

/// A store whose index is empty, or cannot be read.
struct Unindexed {
    store: MemoryStore,
    is_readable: bool,
}

impl Unindexed {
    fn index<T>(&self) -> Result<Vec<T>, StoreError> {
        if self.is_readable {
            return Ok(Vec::new());
        }
        Err(StoreError::Unreachable {
            message: "denied".to_owned(),
        })
    }
}

#[async_trait]
impl Publisher for Unindexed {
    async fn snapshot(&self, scope: &Scope) -> Result<Snapshot, StoreError> {
        self.store.snapshot(scope).await
    }

    async fn publish(&self, publication: &Publication) -> Result<(), PublishError> {
        self.store.publish(publication).await
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        self.index()
    }

    async fn stores(&self) -> Result<Vec<StoreId>, StoreError> {
        self.index()
    }

    async fn hooks(&self) -> Result<Vec<HookReference>, StoreError> {
        self.index()
    }

    async fn versions(&self, hook: &HookName) -> Result<Vec<HookReference>, StoreError> {
        self.store.versions(hook).await
    }

    async fn delete_hook(
        &self,
        hook: &HookName,
        audit: Option<&AuditEntry>,
    ) -> Result<HookDeletion, PublishError> {
        self.store.delete_hook(hook, audit).await
    }

    async fn history(
        &self,
        subject: Option<&Target>,
        limit: usize,
    ) -> Result<Vec<Result<PublicationRecord, UnreadableItem>>, StoreError> {
        self.store.history(subject, limit).await
    }

    async fn publication(&self, id: PublicationId) -> Result<Vec<PublicationRecord>, StoreError> {
        self.store.publication(id).await
    }

    async fn forget(&self, temporary: &Temporary) -> Result<(), StoreError> {
        self.store.forget(temporary).await
    }

    async fn interpreters(
        &self,
        hooks: &[HookReference],
    ) -> Result<BTreeMap<HookName, String>, StoreError> {
        self.store.interpreters(hooks).await
    }

    async fn replace_compiled(&self, hooks: &[Hook]) -> Result<(), StoreError> {
        self.store.replace_compiled(hooks).await
    }
}

fn shop() -> ApplicationId {
    "shop".parse().unwrap()
}

fn people() -> Target {
    Target::Store("people".parse().unwrap())
}

/// The application `shop` and a binding of the store `people`.
fn unindexed(is_readable: bool) -> Unindexed {
    let hook: HookName = "gate".parse().unwrap();
    let mut desired = Desired {
        applications: vec![sample::application(&shop(), Family::Identity)],
        ..Desired::default()
    };
    desired.bindings.push(DesiredBinding::new(
        hook.clone(),
        Stage::BeforeRegistration,
        people(),
    ));
    desired.hooks.insert(hook, sample::static_hook(json!({})));
    Unindexed {
        store: MemoryStore::holding(&desired),
        is_readable,
    }
}

#[tokio::test]
async fn what_the_index_lacks_is_known_all_the_same() {
    let store = unindexed(true);
    for target in [Target::Application(shop()), people()] {
        assert!(unknown_target(&store, &target).await.unwrap().is_none());
        let order = plan_order(&store, &target, Stage::AfterAccountUpdate, &[]).await;
        assert!(matches!(order, Err(RearrangeError::NothingBound { .. })));
    }
    let pulled = pull(&store, &[shop()].into()).await.unwrap();
    assert!(pulled.workspace.contains("shop"), "{}", pulled.workspace);
}

#[tokio::test]
async fn nothing_is_pulled_of_an_application_that_is_not_published() {
    let other: ApplicationId = "other".parse().unwrap();
    let chosen = [shop(), other].into();
    let error = pull(&unindexed(true), &chosen).await.unwrap_err();
    assert!(matches!(error, PullError::Unknown(_)), "{error}");
    // Nor where it cannot be said which one is meant.
    let error = pull(&unindexed(false), &chosen).await.unwrap_err();
    assert!(matches!(error, PullError::Store(_)), "{error}");
}

#[tokio::test]
async fn an_index_that_may_not_be_read_hides_no_empty_stage() {
    let other = Target::Application("other".parse().unwrap());
    let store = unindexed(false);
    let order = plan_order(&store, &other, Stage::AfterAccountUpdate, &[]).await;
    assert!(matches!(order, Err(RearrangeError::NothingBound { .. })));
}

#[test]
fn the_error_names_a_few_identity_stores() {
    let known = (1..=7).map(|number| format!("store-{number}").parse().unwrap());
    let error = UnknownTarget::store(&"people".parse().unwrap(), &known.collect());
    assert_eq!(
        error.to_string(),
        "there is no identity store `people`; published: `store-1`, `store-2`, `store-3`, `store-4`, `store-5` and 2 more"
    );
}
