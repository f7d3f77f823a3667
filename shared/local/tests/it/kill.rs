//! A process killed at any moment loses nothing it accepted and blocks nothing for ever.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use hookpoint_engine::ports::{DeadLetters, WorkQueue};
use hookpoint_local::LocalStore;
use libtest_mimic::Trial;

use crate::{sample::runtime, worker::LEASE};

/// Minimum number of kills, and the maximum on a machine too slow to reach every state.
const ROUNDS: std::ops::Range<u64> = 20..200;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "a_process_that_is_killed_loses_no_job_and_keeps_none",
        || {
            killed_again_and_again();
            Ok(())
        },
    )]
}

/// The output of the killed processes.
#[derive(Default)]
struct Story {
    enqueued: BTreeSet<String>,
    begun: BTreeSet<(String, String)>,
    ended: BTreeSet<(String, String)>,
    /// When the lease of each job of the living process ends, in milliseconds since 1970.
    leased: BTreeMap<String, u128>,
}

impl Story {
    fn tell(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let [what, delivery, more] = words.try_into().unwrap();
        match what.as_str() {
            "enqueued" => {
                self.enqueued.insert(delivery);
            }
            "received" => {
                let at: u128 = more.parse().unwrap();
                let until = at + LEASE.as_millis();
                let before = self.leased.insert(delivery.clone(), until);
                let is_free = before.is_none_or(|before| before <= at);
                assert!(is_free, "{delivery} was handed out twice within a lease");
            }
            "begun" => {
                if more == "again" {
                    self.leased.remove(&delivery);
                }
                self.begun.insert((more, delivery));
            }
            "ended" => {
                self.ended.insert((more, delivery));
            }
            _ => panic!("unexpected line `{line}`"),
        }
    }

    /// Whether every kind of event happened often enough.
    fn is_telling(&self) -> bool {
        let often = |how| self.ended(how).len() > 20;
        self.enqueued.len() > 500 && ["done", "dead", "again"].into_iter().all(often)
    }

    fn ended(&self, how: &str) -> BTreeSet<String> {
        deliveries(&self.ended, how)
    }
}

fn deliveries(said: &BTreeSet<(String, String)>, how: &str) -> BTreeSet<String> {
    let of = said.iter().filter(|(word, _)| word == how);
    of.map(|(_, delivery)| delivery.clone()).collect()
}

fn killed_again_and_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut story = Story::default();
    for round in 0..ROUNDS.end {
        if round >= ROUNDS.start && story.is_telling() {
            break;
        }
        // The previous process is dead, so its jobs are free.
        story.leased.clear();
        // Covers the creation of the file as well as a busy store.
        let patience = Duration::from_millis(round * round * 37 % 400);
        for line in live_for(directory.path(), patience).lines() {
            story.tell(line);
        }
    }
    let (queued, dead) = runtime().block_on(left(directory.path()));
    let done_at_most = deliveries(&story.begun, "done");
    for delivery in &story.enqueued {
        let places = usize::from(queued.contains(delivery)) + usize::from(dead.contains(delivery));
        let may_be_done = done_at_most.contains(delivery);
        assert!(
            places == 1 || (places == 0 && may_be_done),
            "{delivery} is in {places} places"
        );
    }
    for delivery in story.ended("done") {
        assert!(
            !queued.contains(&delivery) && !dead.contains(&delivery),
            "{delivery} came back"
        );
    }
    assert!(
        dead.is_superset(&story.ended("dead")),
        "a dead letter is lost"
    );
    assert!(story.is_telling(), "too little happened to judge");
}

/// Starts the worker, kills it after `patience`, and returns its output.
fn live_for(directory: &Path, patience: Duration) -> String {
    let mut worker = Command::new(std::env::current_exe().unwrap())
        .args(["--as", "worker"])
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = worker.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).unwrap();
        said
    });
    thread::sleep(patience);
    worker.kill().unwrap();
    let status = worker.wait().unwrap();
    assert_eq!(status.code(), None, "it ended by itself");
    let said = String::from_utf8(reader.join().unwrap()).unwrap();
    let whole = said.rfind('\n').map_or(0, |end| end + 1);
    said[..whole].to_owned()
}

/// The queued deliveries and the dead letters after all leases have expired.
async fn left(directory: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let store = LocalStore::open(directory).unwrap();
    let later = SystemTime::now() + LEASE * 10;
    let mut queued = BTreeSet::new();
    loop {
        let received = store.receive(500, LEASE, later).await.unwrap();
        if received.is_empty() {
            break;
        }
        for leased in received {
            let delivery = leased.job.unwrap().delivery.to_string();
            assert!(queued.insert(delivery), "a job is in the queue twice");
        }
    }
    let dead = store.dead_letters(usize::MAX >> 1).await.unwrap();
    (queued, dead.into_iter().map(|letter| letter.id).collect())
}
