//! Publishing a workspace.

use hookpoint_engine::{
    ports::Publisher,
    publish::{Desired, Difference},
};

use crate::{
    apply_error::ApplyError,
    changes::Changes,
    optimistic::{self, ROUNDS},
    plan::{Author, Plan},
};

/// Publishes the desired state at once, with a record of it, and returns the changes. Writes nothing if nothing
/// differs.
///
/// # Errors
/// It cannot be published, the store fails, or another writer was faster: retrying could undo changes that the author
/// has not seen.
pub async fn apply(
    publisher: &dyn Publisher,
    desired: &Desired,
    author: &Author,
) -> Result<Changes, ApplyError> {
    let plan = Plan::of(publisher, desired).await?;
    let changes = plan.changes();
    plan.publish(publisher, author).await?;
    Ok(changes)
}

/// Publishes the desired state without a record, and retries on conflicts: for several processes that publish one
/// workspace while its author edits it.
///
/// # Errors
/// It cannot be published, or the store fails.
pub async fn apply_over_others(
    publisher: &dyn Publisher,
    desired: &Desired,
) -> Result<Changes, ApplyError> {
    optimistic::change(publisher, &desired.scope(), ROUNDS, |snapshot| {
        let publication = desired.plan(&snapshot)?;
        let difference = Difference::of(&publication, &snapshot);
        let changes = Changes::of(&publication, &snapshot, &difference);
        Ok((publication, changes))
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::SystemTime};

    use hookpoint_engine::testing::MemoryStore;
    use hookpoint_workspace::Workspace;

    use super::*;

    const FIRST: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: { context: { A: 1 } } }, other: { static: { context: { B: 1 } } } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello, order: 10 }
  - { application: bot, stage: escalation, hook: other }
";

    async fn publish(store: &MemoryStore, text: &str) -> String {
        let workspace = Workspace::parse(text, "test", Path::new("")).unwrap();
        let plan = Plan::of(store, workspace.desired()).await.unwrap();
        let author = Author {
            by: "tester".to_owned(),
            commit: None,
            now: SystemTime::UNIX_EPOCH,
        };
        let changes = apply(store, workspace.desired(), &author).await.unwrap();
        assert_eq!(plan.changes(), changes);
        changes.summary()
    }

    #[tokio::test]
    async fn changes_are_reported_as_people_see_them() {
        let store = MemoryStore::default();
        assert_eq!(
            publish(&store, FIRST).await,
            "2 new hook versions, 1 application added, 2 bindings added"
        );
        assert_eq!(publish(&store, FIRST).await, "nothing changed");
        let moved = FIRST.replace("order: 10", "order: 20");
        assert_eq!(publish(&store, &moved).await, "1 binding changed");
        let edited = moved.replace("A: 1", "A: 2");
        assert_eq!(
            publish(&store, &edited).await,
            "1 new hook version, 1 binding changed"
        );
        let elsewhere = edited.replace("escalation", "messageReceived");
        assert_eq!(
            publish(&store, &elsewhere).await,
            "1 binding added, 1 binding removed"
        );
    }
}
