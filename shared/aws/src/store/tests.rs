//! The store over the real SDK, against a server that plays DynamoDB.

mod deletions;
mod failures;
mod gone;
mod index;
mod keys;
mod locators;
mod reading;
mod runs;
mod transactions;
mod unreadable;
mod versions;

use std::{collections::BTreeSet, time::Duration};

use hookpoint_engine::{
    application::binding::{Binding, FailurePolicy},
    hook::{CompiledForm, CompiledScript, Hook, HookBody, HookReference},
    ports::{ApplicationSource, BindingSource, HookSource, PublishError, Publisher, StoreError},
    publish::{Change, Publication, Revised, Scope},
    stages::Stage,
};
use serde_json::{Value, json};

use super::*;
use crate::{
    item::{document, guard, pointer},
    testing::{
        Answer, FakeAws, FakeTable, Request, batch, binding, failure, hook, incompressible_hook,
        keys_read, ok, record, reference, settings, shop, wire,
    },
};

const STAGE: Stage = Stage::ConversationStart;

async fn store(
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (FakeAws, DynamoStore) {
    let aws = FakeAws::start(answer).await;
    let store = DynamoStore::new(aws.clients(), "hookpoint");
    (aws, store)
}

async fn table() -> (FakeAws, DynamoStore, FakeTable) {
    let table = FakeTable::default();
    let (aws, store) = store({
        let table = table.clone();
        move |request| table.answer(request)
    })
    .await;
    (aws, store, table)
}

/// A binding as DynamoDB returns it.
fn stored(id: &str, order: u16) -> Value {
    let binding = binding(id, order);
    let item = document(&Key::binding(&binding), &binding, 1).unwrap();
    wire(&item)
}

fn publication_of(hook: &Hook) -> Publication {
    Publication {
        hooks: vec![(hook.clone(), BTreeSet::from([STAGE]))],
        ..Publication::default()
    }
}

fn puts(count: usize) -> Vec<Change<Binding>> {
    (0..count)
        .map(|index| Change {
            value: binding(&format!("b{index}"), 1),
            replaces: None,
        })
        .collect()
}
