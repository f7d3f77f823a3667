//! A process that fills the queue, works on it and prints what it does, until it is killed.
//!
//! *begun* is printed before the call to the queue, *ended* after it has returned.

use std::{
    io::Write as _,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hookpoint_engine::ports::{DeadReason, JobQueue, Settlement, WorkQueue};
use hookpoint_local::LocalStore;
use tokio::time::{Instant, sleep};

use crate::sample::{job, runtime};

/// Far longer than a settlement takes.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// Works for ever.
pub(crate) fn run(directory: &Path) {
    let store = LocalStore::open(directory).unwrap();
    runtime().block_on(async {
        for number in 0..4 {
            tokio::spawn(enqueue(store.clone(), number));
        }
        for _ in 0..3 {
            tokio::spawn(work(store.clone()));
        }
        sleep(Duration::from_mins(1)).await;
    });
}

async fn enqueue(store: LocalStore, number: usize) {
    loop {
        let jobs: Vec<_> = (0..=number)
            .map(|index| job(&format!("app-{index}"), 2_000))
            .collect();
        store.enqueue(&jobs, SystemTime::now()).await.unwrap();
        for job in jobs {
            say("enqueued", job.delivery.as_str(), "-");
        }
        sleep(Duration::from_millis(3)).await;
    }
}

async fn work(store: LocalStore) {
    loop {
        let (now, start) = (SystemTime::now(), Instant::now());
        let received = store.receive(7, LEASE, now).await.unwrap();
        let at = now
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis()
            .to_string();
        for leased in &received {
            let job = leased.job.as_ref().unwrap();
            say("received", job.delivery.as_str(), &at);
        }
        for (index, leased) in received.iter().enumerate() {
            let job = leased.job.as_ref().unwrap();
            let (word, settlement) = match index {
                0 => (
                    "again",
                    Settlement::Retry(Box::new(job.next_attempt(now, LEASE))),
                ),
                1 => ("dead", Settlement::Dead(reason())),
                2 => continue,
                _ => ("done", Settlement::Done),
            };
            // If the machine stalls for that long, another worker may have the job.
            if start.elapsed() > LEASE / 2 {
                continue;
            }
            say("begun", job.delivery.as_str(), word);
            store
                .settle(leased, settlement, SystemTime::now())
                .await
                .unwrap();
            if start.elapsed() < LEASE {
                say("ended", job.delivery.as_str(), word);
            }
        }
        if received.is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

fn reason() -> DeadReason {
    DeadReason {
        code: "gone".to_owned(),
        message: "the endpoint answered 410".to_owned(),
    }
}

/// Writes a whole line at once, so that it is read even if the process is killed right after.
fn say(what: &str, delivery: &str, more: &str) {
    let line = format!("{what} {delivery} {more}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}
