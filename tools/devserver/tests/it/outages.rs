//! A full disk and a disappearing endpoint during events and deliveries.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    ports::{DeadLetters as _, WorkQueue as _},
    record::{AfterAttempt, RunRecord},
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Bench},
    connection::Connection,
    deliveries::{bench, environment, event, post, records, store, workspace},
    endpoint::{Endpoint, Post, status},
};

/// A file system of eight megabytes, in a mount namespace that ends with the process.
const MOUNT: &str = "mount -t tmpfs -o size=8m tmpfs \"$1\" && shift && exec \"$@\"";
/// Argument for the process on the small disk.
pub(crate) const ROLE: &str = "--on-small-disk";
const CLIENTS: usize = 4;

pub(crate) fn tests() -> Vec<Trial> {
    let name = "outages::a_disk_that_fills_up_under_load_loses_nothing_and_works_again_once_there_is_space";
    let full = Trial::test(name, || {
        let directory = tempfile::tempdir().unwrap();
        let mut process = mounted(directory.path());
        process.arg(std::env::current_exe().unwrap());
        let status = process.arg(ROLE).arg(directory.path()).status();
        assert!(status.unwrap().success(), "see what the process wrote");
        Ok(())
    });
    let name = "outages::an_endpoint_that_is_away_for_a_while_under_load_gets_everything";
    let away = Trial::test(name, || {
        crate::block_on(an_endpoint_that_is_away());
        Ok(())
    });
    // Where mounting is not allowed, as in some containers, the test is shown as ignored.
    vec![full.with_ignored_flag(!may_mount()), away]
}

fn may_mount() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let mut probe = mounted(directory.path());
    probe.arg("true");
    probe.output().is_ok_and(|output| output.status.success())
}

/// A command that mounts the small disk and runs the program and arguments added to it.
fn mounted(directory: &Path) -> Command {
    let mut command = Command::new("unshare");
    if !fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        command.arg("--map-root-user");
    }
    command
        .args(["--mount", "sh", "-c", MOUNT, "sh"])
        .arg(directory);
    command
}

/// A large event.
fn large_event(conversation: &str) -> String {
    let mut event = event(conversation, "audit");
    event["context"]["notes"] = json!("n".repeat(30_000));
    event.to_string()
}

/// In the process on the small disk: fills it, and expects refusals without losses.
pub(crate) async fn fill(disk: &Path) {
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![0; 3_000_000]).unwrap();
    let is_full = Arc::new(AtomicBool::new(true));
    let hurries = is_full.clone();
    let endpoint = Endpoint::start(move |_, _| {
        // Finished deliveries free space.
        let wait = if hurries.load(Ordering::Relaxed) {
            200
        } else {
            0
        };
        (Duration::from_millis(wait), status(204))
    })
    .await;
    let folder = tempfile::tempdir_in(disk).unwrap();
    let yaml = workspace(&[("audit", endpoint.port)]);
    fs::write(folder.path().join("hookpoint.yaml"), yaml).unwrap();
    let bench = Bench::with_environment(folder, environment()).await;

    let authorization = format!("Bearer {}", bench.key("bot"));
    let clients = (0..CLIENTS).map(|client| {
        let address = bench.server.address();
        let authorization = authorization.clone();
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut accepted = BTreeSet::new();
            let mut refused = 0;
            for number in 0_u32.. {
                let conversation = format!("c-{client}-{number}");
                let path = "/v1/applications/bot/stages/state-modification";
                let body = large_event(&conversation);
                match connection.post(path, &authorization, &body).await {
                    202 => accepted.insert(conversation),
                    503 if refused == 10 => break,
                    503 => {
                        refused += 1;
                        continue;
                    }
                    other => panic!("status {other}"),
                };
            }
            accepted
        })
    });
    let mut accepted = BTreeSet::new();
    for client in clients.collect::<Vec<_>>() {
        accepted.extend(client.await.unwrap());
    }
    let refused = refused(&bench, &mut accepted).await;
    assert!(refused.headers.contains("\r\nretry-after: "));
    let problem = refused.json();
    assert_eq!(problem["code"], "queue-unavailable");
    assert_eq!(
        problem["title"],
        "Asynchronous hooks cannot be queued at the moment"
    );

    fs::remove_file(&ballast).unwrap();
    is_full.store(false, Ordering::Relaxed);
    for number in 0..50 {
        let conversation = format!("c-after-{number}");
        let answer = bench
            .post("bot", "state-modification", &large_event(&conversation))
            .await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        accepted.insert(conversation);
    }
    let conversation = |body: Value| {
        body["context"]["conversationId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    endpoint
        .until(|posts| {
            let came = posts.iter().map(|post| conversation(post.json()));
            came.collect::<BTreeSet<_>>().is_superset(&accepted)
        })
        .await;
    let store = store(&bench);
    bench.server.stop().await.unwrap();
    let later = SystemTime::now() + Duration::from_hours(1);
    let left = store.receive(10, Duration::from_secs(1), later).await;
    assert!(left.unwrap().is_empty(), "nothing is left, leased or not");
    eprintln!("{} events were accepted", accepted.len());
}

/// Posts events until one is refused for lack of space; returns that response.
async fn refused(bench: &Bench, accepted: &mut BTreeSet<String>) -> Answer {
    for number in 0_u32.. {
        let conversation = format!("c-full-{number}");
        let answer = bench
            .post("bot", "state-modification", &large_event(&conversation))
            .await;
        if answer.status == 503 {
            return answer;
        }
        assert_eq!(answer.status, 202, "{}", answer.body);
        // A finished delivery had freed space.
        accepted.insert(conversation);
    }
    unreachable!("it fills up")
}

async fn an_endpoint_that_is_away() {
    const EVENTS: usize = 300;
    let endpoint = Endpoint::content().await;
    let port = endpoint.port;
    let bench = bench(&[("audit", port)]).await;
    for number in 0..EVENTS / 3 {
        post(&bench, &format!("c-{number}"), "audit").await;
    }
    let before = endpoint.leave().await;
    for number in EVENTS / 3..EVENTS * 2 / 3 {
        post(&bench, &format!("c-{number}"), "audit").await;
    }
    let store = store(&bench);
    let mut records = records(&store, "audit", EVENTS / 2).await;
    records.retain(|record| record.outcome != "ok");
    let is_retry =
        |record: &RunRecord| record.delivery.as_ref().unwrap().next == AfterAttempt::Retry;
    assert!(!records.is_empty() && records.iter().all(is_retry));
    let endpoint = Endpoint::on(port, |_, _| (Duration::ZERO, status(204))).await;
    for number in EVENTS * 2 / 3..EVENTS {
        post(&bench, &format!("c-{number}"), "audit").await;
    }
    let id = |post: &Post| post.header("webhook-id").to_owned();
    let came: BTreeSet<_> = before.iter().map(id).collect();
    let all = |posts: &[Post]| {
        let later: BTreeSet<_> = posts.iter().map(id).collect();
        came.union(&later).count() >= EVENTS
    };
    let after = endpoint.until(all).await;
    let deliveries: BTreeSet<_> = before.iter().chain(&after).map(id).collect();
    assert_eq!(deliveries.len(), EVENTS, "an event is one delivery");
    assert!(store.dead_letters(1).await.unwrap().is_empty());
    bench.server.stop().await.unwrap();
}
