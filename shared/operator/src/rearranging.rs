//! Plans that need no workspace: another order of bindings, and the deletion of an application.

use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, BindingId},
    ports::{Publisher, StoreError},
    publish::{Action, Change, Publication, Scope},
};
use hookpoint_stages::Stage;
use thiserror::Error;

use crate::{
    plan::Plan,
    unknown_target::{UnknownTarget, unknown_target},
};

/// Distance between the orders that are set, so that others fit between them.
const STEP: u16 = 10;

/// Why there is no plan.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RearrangeError {
    /// Nothing is bound there.
    #[error("nothing is bound to {target} at {stage}; `hookpoint bindings list` shows what is")]
    NothingBound {
        /// The application or store.
        target: Target,
        /// The stage.
        stage: Stage,
    },
    /// The list does not name exactly the existing bindings.
    #[error(
        "name every binding of {target} at {stage} once, in the order in which they are to run: {}",
        .bound.iter().map(BindingId::as_str).collect::<Vec<_>>().join(" ")
    )]
    OtherBindings {
        /// The application or store.
        target: Target,
        /// The stage.
        stage: Stage,
        /// What is bound there, in today's order.
        bound: Vec<BindingId>,
    },
    /// No application or identity store has the id.
    #[error(transparent)]
    Unknown(#[from] UnknownTarget),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Plans to run the bindings of a target at a stage in another order: group by group, those of a group at once.
///
/// # Errors
/// The groups do not name exactly what is bound there, or the store cannot be read.
pub async fn plan_order(
    publisher: &dyn Publisher,
    target: &Target,
    stage: Stage,
    groups: &[Vec<BindingId>],
) -> Result<Plan, RearrangeError> {
    let scope = scope_of(target);
    let snapshot = publisher.snapshot(&scope).await?;
    let mut bound: Vec<_> = snapshot
        .bindings
        .iter()
        .filter(|stored| stored.value.stage == stage)
        .collect();
    bound.sort_by_key(|stored| (stored.value.order, &stored.value.id));
    let mut named: Vec<_> = groups.iter().flatten().collect();
    named.sort();
    let mut known: Vec<_> = bound.iter().map(|stored| &stored.value.id).collect();
    known.sort();
    if known.is_empty() {
        // An author of an application that is not published yet may not be allowed to read the others.
        if snapshot.bindings.is_empty()
            && let Ok(Some(unknown)) = unknown_target(publisher, target).await
        {
            return Err(unknown.into());
        }
        return Err(RearrangeError::NothingBound {
            target: target.clone(),
            stage,
        });
    }
    if named != known {
        return Err(RearrangeError::OtherBindings {
            target: target.clone(),
            stage,
            bound: bound.iter().map(|stored| stored.value.id.clone()).collect(),
        });
    }
    let mut publication = Publication::default();
    let mut order = 0_u16;
    for group in groups {
        order = order.saturating_add(STEP);
        for stored in bound
            .iter()
            .filter(|stored| group.contains(&stored.value.id))
        {
            if stored.value.order == order {
                continue;
            }
            let mut value = stored.value.clone();
            value.order = order;
            // The order is part of the key.
            publication.deletions.push((*stored).clone());
            publication.bindings.push(Change {
                value,
                replaces: None,
            });
        }
    }
    publication.guard(&snapshot);
    Ok(Plan::from(
        Action::Order,
        None,
        scope,
        snapshot,
        publication,
    ))
}

/// Plans to delete an application with its keys and bindings. Its history, its run records and its secrets stay.
///
/// # Errors
/// There is no such application, or the store cannot be read.
pub async fn plan_deletion(
    publisher: &dyn Publisher,
    id: &ApplicationId,
) -> Result<Plan, RearrangeError> {
    let scope = scope_of(&Target::Application(id.clone()));
    let snapshot = publisher.snapshot(&scope).await?;
    let Some(stored) = snapshot.applications.get(id) else {
        return Err(UnknownTarget::application(publisher, id).await?.into());
    };
    let publication = Publication {
        deletions: snapshot.bindings.clone(),
        removals: vec![stored.clone()],
        ..Publication::default()
    };
    Ok(Plan::from(
        Action::Delete,
        None,
        scope,
        snapshot,
        publication,
    ))
}

fn scope_of(target: &Target) -> Scope {
    let application = match target {
        Target::Application(id) => Some(id.clone()),
        Target::Store(_) => None,
    };
    Scope {
        applications: application.into_iter().collect(),
        targets: [target.clone()].into(),
        ..Scope::default()
    }
}
