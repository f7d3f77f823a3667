//! Publications and entries in one order.

use std::{path::Path, time::Duration};

use hookpoint_engine::{
    audit::AuditAction,
    testing::{MemoryStore, sample::id},
};
use hookpoint_workspace::Workspace;

use super::*;
use crate::{Author, apply, change_application, change_application_on_record, plan_deletion};

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation }, other: { kind: conversation } }
hooks: { hello: { static: { context: { A: 1 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";

fn entry(action: AuditAction, application: &str, what: &str) -> AuditEntry {
    let now = SystemTime::now();
    AuditEntry::new(now, "grace".to_owned(), action, Some(id(application)), what)
}

fn author() -> Author {
    Author {
        by: "ada".to_owned(),
        commit: None,
        now: SystemTime::now(),
    }
}

/// Ids have an order by the millisecond.
async fn later() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

#[tokio::test]
async fn publications_and_entries_are_one_list_the_newest_first() {
    let store = MemoryStore::default();
    let workspace = Workspace::parse(WORKSPACE, "test", Path::new("")).unwrap();
    apply(&store, workspace.desired(), &author()).await.unwrap();
    later().await;
    let begin = SystemTime::now();
    let pause = entry(AuditAction::Pause, "bot", "everything");
    let pauses = hookpoint_engine::application::Pause {
        stage: None,
        binding: None,
        unknown: serde_json::Map::new(),
    };
    for _ in 0..2 {
        // The second time nothing changes, so nothing is recorded.
        change_application_on_record(&store, &id("bot"), &pause, |application| {
            application.pauses = vec![pauses.clone()];
        })
        .await
        .unwrap();
    }
    change_application(&store, &id("bot"), |application| application.pauses.clear())
        .await
        .unwrap();
    later().await;
    let set = entry(AuditAction::SetSecret, "other", "secret other/Token");
    store.add_entry(&set).await.unwrap();
    later().await;
    let plan = plan_deletion(&store, &id("bot")).await.unwrap();
    plan.publish(&store, &author()).await.unwrap();

    let list = async |filter: AuditFilter, limit| {
        let all = audit_trail(&store, &store, &filter, limit).await.unwrap();
        let shown = all.iter().map(|one| {
            let application = one.application().map(ToString::to_string);
            let application = application.unwrap_or_default();
            format!(
                "{} {} {application}: {}",
                one.by().unwrap(),
                one.action(),
                one.what()
            )
        });
        shown.collect::<Vec<_>>()
    };
    let of_bot = [
        "ada delete bot: 1 application removed, 1 binding removed",
        "grace pause bot: everything",
        "ada apply bot: 1 new hook version, 1 application added, 1 binding added",
    ];
    let filter = AuditFilter {
        application: Some(id("bot")),
        since: None,
    };
    assert_eq!(list(filter.clone(), 10).await, of_bot);
    assert_eq!(list(filter.clone(), 2).await, of_bot[..2]);
    let since = AuditFilter {
        since: Some(begin),
        ..filter
    };
    assert_eq!(list(since, 10).await, of_bot[..2]);
    let all = list(AuditFilter::default(), 10).await;
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(all[1], "grace set-secret other: secret other/Token");
}

/// An audit trail with an entry that cannot be read.
struct Damaged(AuditEntry, UnreadableItem);

#[async_trait::async_trait]
impl AuditLog for Damaged {
    async fn add_entry(&self, _: &AuditEntry) -> Result<(), StoreError> {
        Ok(())
    }

    async fn entries(
        &self,
        _: &AuditFilter,
        _: usize,
    ) -> Result<Vec<Result<AuditEntry, UnreadableItem>>, StoreError> {
        Ok(vec![Err(self.1.clone()), Ok(self.0.clone())])
    }
}

#[tokio::test]
async fn an_unreadable_entry_has_its_place_and_says_what_it_is() {
    let before = entry(AuditAction::Pause, "bot", "everything");
    later().await;
    let lost = entry(AuditAction::Resume, "bot", "everything");
    later().await;
    let store = MemoryStore::default();
    let workspace = Workspace::parse(WORKSPACE, "test", Path::new("")).unwrap();
    apply(&store, workspace.desired(), &author()).await.unwrap();
    let unreadable = UnreadableItem {
        id: lost.id.to_string(),
        error: StoreError::Corrupt {
            item: "audit#bot".to_owned(),
            message: "it is empty".to_owned(),
        },
    };
    let log = Damaged(before, unreadable);
    let filter = AuditFilter {
        application: Some(id("bot")),
        since: None,
    };
    let all = audit_trail(&store, &log, &filter, 10).await.unwrap();
    let actions: Vec<_> = all.iter().map(Audited::action).collect();
    assert_eq!(actions, ["apply", "unreadable", "pause"]);
    assert_eq!(all[1].time(), Some(lost.id.time()));
    assert_eq!((all[1].by(), all[1].application()), (None, None));
    assert_eq!(
        all[1].what(),
        "item `audit#bot` cannot be read: it is empty"
    );
}
