//! Contract suites for stores and queues, run by each adapter in its own tests.
//!
//! A check of a store uses unique names, so the suite can run on a shared or used table. Nearly all publishing goes the
//! way of the tools: snapshot, plan, publish. Queues cannot be shared by name: each check has its own.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a broken promise must fail the test that runs the check"
)]

mod applications;
mod bindings;
mod bundles;
mod history;
mod hooks;
mod lists;
mod names;
mod publishing;
mod writers;

use std::panic::AssertUnwindSafe;

use futures::{FutureExt, future::BoxFuture};

use self::names::Names;
use hookpoint_engine::{
    ports::{ApplicationSource, BindingSource, HookSource, PublishError, Publisher},
    publish::{Desired, Publication, Snapshot},
};

/// A whole store.
pub trait ContractStore: ApplicationSource + BindingSource + HookSource + Publisher {}

impl<S: ApplicationSource + BindingSource + HookSource + Publisher> ContractStore for S {}

/// One rule of a contract.
#[derive(Debug)]
pub struct Check<Subject: ?Sized + 'static> {
    /// The rule in `snake_case`.
    pub name: &'static str,
    /// Panics when the subject breaks it.
    pub run: for<'a> fn(&'a Subject) -> BoxFuture<'a, ()>,
}

impl<Subject: ?Sized> Check<Subject> {
    /// Returns the check's name if the subject breaks it.
    async fn broken(&self, subject: &Subject) -> Option<&'static str> {
        let run = AssertUnwindSafe((self.run)(subject));
        // The panic hook has reported the panic; the other checks continue.
        run.catch_unwind().await.is_err().then_some(self.name)
    }
}

macro_rules! checks {
    ($subject:ty: $($module:ident::{$($check:ident),* $(,)?};)*) => {
        /// Every check.
        pub const ALL: &[$crate::Check<$subject>] = &[$($(
            $crate::Check {
                name: stringify!($check),
                run: |subject| Box::pin($module::$check(subject)),
            },
        )*)*];
    };
}

pub mod audit;
pub mod continuations;
pub mod gone;
pub mod idempotency;
pub mod queue;
pub mod runs;
pub mod subjects;

checks! {
    dyn ContractStore:
    applications::{
        an_absent_application_is_none,
        an_application_is_read_back_equal,
        keys_and_pauses_survive_a_publication,
    };
    bindings::{
        a_binding_is_read_back_with_every_field_and_digit,
        bindings_of_other_targets_and_stages_do_not_appear,
        a_binding_that_is_no_longer_desired_is_gone,
        a_binding_whose_order_changes_moves,
        every_page_of_bindings_comes_back,
    };
    hooks::{
        hooks_of_every_kind_are_read_back_equal,
        hostile_responses_are_read_back_as_they_were,
        six_bindings_with_large_hooks_come_back_whole,
        bytecode_comes_back_and_is_no_part_of_a_version,
        bytecode_is_replaced_wherever_its_version_is_read,
        a_large_hook_outside_ascii_comes_back_whole,
        an_absent_version_and_another_hash_are_errors,
        a_pinned_version_survives_newer_ones,
        a_hook_is_readable_at_every_stage_it_is_bound_at,
        a_version_is_immutable,
        a_version_without_bindings_counts_as_the_newest,
    };
    bundles::{
        a_source_map_is_read_apart_and_is_part_of_a_version,
        the_files_of_a_bundle_come_back_to_tools_and_are_no_part_of_a_version,
    };
    history::{
        a_publication_is_kept_with_what_it_changed,
        a_refused_publication_leaves_no_record,
        a_removed_application_is_gone_and_its_history_stays,
        a_hook_in_use_stays_and_an_unused_one_goes_for_good,
        a_hook_that_was_deleted_after_a_plan_is_not_bound,
        a_temporary_name_leaves_nothing_and_others_stay,
    };
    lists::{
        every_application_is_listed,
        every_store_with_bindings_is_listed,
        every_hook_is_listed_at_its_newest_version,
    };
    publishing::{
        publishing_what_is_there_changes_nothing,
        revisions_count_up,
        a_snapshot_reaches_as_far_as_its_scope,
        a_conflict_in_one_item_leaves_all_as_they_were,
        nothing_is_created_where_something_is,
        two_hundred_hooks_are_published_and_changed_together,
        sixty_hooks_of_one_application_are_published_at_once,
        sixty_hooks_are_not_bound_if_one_was_deleted_after_the_plan,
    };
    writers::{
        the_second_of_two_writers_conflicts_and_nothing_of_it_is_visible,
        of_writers_at_once_one_is_visible_and_whole,
        two_who_add_different_bindings_do_not_mix,
        two_who_bind_the_same_new_hook_for_applications_of_their_own_both_publish,
    };
}

/// Runs every check on a store and panics with the names of those that failed.
pub async fn store_contract(store: &(dyn ContractStore + 'static)) {
    run_all(ALL, store).await;
}

async fn run_all<Subject: ?Sized>(checks: &[Check<Subject>], subject: &Subject) {
    let mut broken = Vec::new();
    for check in checks {
        broken.extend(check.broken(subject).await);
    }
    assert!(broken.is_empty(), "the contract is broken: {broken:#?}");
}

/// The snapshot that the desired state needs.
async fn snapshot(store: &dyn ContractStore, desired: &Desired) -> Snapshot {
    store.snapshot(&desired.scope()).await.unwrap()
}

/// Publishes as the tools do.
async fn try_publish(
    store: &dyn ContractStore,
    desired: &Desired,
) -> Result<Publication, PublishError> {
    let publication = desired.plan(&snapshot(store, desired).await).unwrap();
    store.publish(&publication).await?;
    Ok(publication)
}

/// Publishes as the tools do, and expects success.
async fn publish(store: &dyn ContractStore, desired: &Desired) -> Publication {
    try_publish(store, desired).await.unwrap()
}

/// Checks that the publication was refused because of another writer.
fn assert_conflict(result: &Result<(), PublishError>) {
    assert!(
        matches!(result, Err(PublishError::Conflict { .. })),
        "expected a conflict, got {result:?}"
    );
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookpoint_engine::{
        event::late_responses::LateResponses,
        testing::{MemoryGone, MemoryIdempotency, MemoryQueue, MemoryRuns, MemoryStore},
    };

    use super::*;

    #[tokio::test]
    async fn the_fakes_keep_what_adapters_must() {
        store_contract(&MemoryStore::default()).await;
        audit::contract(&MemoryStore::default()).await;
        runs::contract(&MemoryRuns::default()).await;
        subjects::contract(&MemoryRuns::default()).await;
        gone::contract(&MemoryGone::default()).await;
        let answers = Arc::new(MemoryIdempotency::default());
        idempotency::contract(answers.as_ref()).await;
        idempotency::contract(&LateResponses::new(answers.clone())).await;
        continuations::contract(answers).await;
        queue::contract(async || {
            let memory = Arc::new(MemoryQueue::default());
            let injected = memory.clone();
            queue::Subject::new(memory).injecting(move |message| {
                injected.inject(&message);
                Box::pin(std::future::ready(()))
            })
        })
        .await;
    }
}
