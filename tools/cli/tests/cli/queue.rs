//! Deliveries in the queue of the local store, which a test puts there.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadReason, JobQueue as _, Settlement, WorkQueue as _},
};
use hookpoint_local::LocalStore;

use crate::folder::Folder;

/// These dead letters, and these deliveries that wait.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn fill(folder: &Folder, dead: Vec<Job>, waiting: &[Job]) {
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    for job in dead {
        give_up(&store, job, "gone", "the endpoint answered 410").await;
    }
    store.enqueue(waiting, SystemTime::now()).await.unwrap();
}

/// Makes a dead letter of a delivery. No other one is due.
pub(crate) async fn give_up(store: &LocalStore, job: Job, code: &str, message: &str) {
    // Not before the job is due.
    let now = SystemTime::now();
    store.enqueue(&[job], now).await.unwrap();
    let lease = Duration::from_secs(20);
    let leased = store.receive(1, lease, now).await.unwrap().remove(0);
    let reason = DeadReason {
        code: code.to_owned(),
        message: message.to_owned(),
    };
    let dead = Settlement::Dead(reason);
    store.settle(&leased, dead, now).await.unwrap();
}
