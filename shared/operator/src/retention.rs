//! How long a hook is needed after its last binding was removed: suspended events pin versions.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    identifier::HookName,
    ports::{Publisher, StoreError},
    publish::PublicationRecord,
};

/// How long a version stays readable after no binding runs it any more.
const READABLE: Duration = Duration::from_hours(24);
/// How many publications are read at first.
const PAGE: usize = 100;

/// Until when suspended events may need a version of a hook that no binding runs; `None` if they do not. What was published without a
/// record, as `dev` and `trigger` do, does not count.
///
/// # Errors
/// The store cannot be read.
pub async fn needed_until(
    publisher: &dyn Publisher,
    hook: &HookName,
    now: SystemTime,
) -> Result<Option<SystemTime>, StoreError> {
    let ended = |record: &PublicationRecord| record.id.time() + READABLE;
    let changed = |record: &&PublicationRecord| {
        let mut before = record.bindings.iter().flat_map(|change| &change.before);
        before.any(|binding| binding.hook.name == *hook)
    };
    let mut limit = PAGE;
    loop {
        // The newest first.
        let records = publisher.publications(None, limit).await?;
        let recent = records.iter().take_while(|record| ended(record) > now);
        if let Some(last) = recent.clone().find(changed) {
            return Ok(Some(ended(last)));
        }
        let mut ids: Vec<_> = records.iter().map(|record| record.id).collect();
        ids.dedup();
        if ids.len() < limit || recent.count() < records.len() {
            return Ok(None);
        }
        limit *= 4;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hookpoint_engine::testing::MemoryStore;
    use hookpoint_workspace::Workspace;

    use super::*;
    use crate::{Author, apply};

    const BOUND: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";
    const UNBOUND: &str = "version: 1\napplications: { bot: { kind: conversation } }\n";

    #[tokio::test]
    async fn a_hook_is_needed_for_a_day_after_its_last_binding_however_much_is_published_since() {
        let store = MemoryStore::default();
        let begin = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let publish = async |text: &str, after: Duration| {
            let workspace = Workspace::parse(text, "test", Path::new("")).unwrap();
            let author = Author {
                by: "tester".to_owned(),
                commit: None,
                now: begin + after,
            };
            apply(&store, workspace.desired(), &author).await.unwrap();
        };
        let needed = async |hook: &str, after: Duration| {
            let hook = hook.parse().unwrap();
            needed_until(&store, &hook, begin + after).await.unwrap()
        };
        let hour = Duration::from_hours(1);
        publish(BOUND, Duration::ZERO).await;
        assert_eq!(needed("hello", hour).await, None, "it was only added");
        publish(UNBOUND, hour).await;
        let until = begin + hour + READABLE;
        for _ in 0..2 {
            assert_eq!(needed("hello", 2 * hour).await, Some(until));
            assert_eq!(needed("hello", 24 * hour).await, Some(until));
            assert_eq!(needed("hello", 25 * hour).await, None);
            assert_eq!(needed("other", 2 * hour).await, None);
            for number in 0..PAGE {
                let name = format!("kind: conversation, name: N{number}");
                let text = UNBOUND.replace("kind: conversation", &name);
                publish(&text, hour + Duration::from_mins(1)).await;
            }
        }
    }
}
