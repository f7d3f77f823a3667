//! `hookpoint dev` is killed repeatedly while it delivers: everything it accepted still arrives.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use hookpoint_engine::{
    ports::{DeadLetters as _, RunStore as _, WorkQueue as _},
    record::RunFilter,
};
use hookpoint_local::LocalStore;
use serde_json::json;

use crate::{
    endpoint::{Endpoint, Post},
    folder::Folder,
    server::{PATIENCE, Server, post},
};

const DELIVERIES: usize = 1_000;
const KILLS: usize = 6;
const PATH: &str = "/v1/applications/bot/stages/state-modification";

fn workspace(port: u16) -> String {
    format!(
        "\
version: 1
applications: {{ bot: {{ kind: conversation }} }}
hooks: {{ audit: {{ webhook: http://127.0.0.1:{port}/ }} }}
bindings: [{{ application: bot, stage: stateModification, hook: audit }}]
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
"
    )
}

/// A deterministic pseudo-random number, so that a run can be repeated.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    *state >> 33
}

/// Posts events to the current server until `count` were answered 202, and returns them.
fn poster(
    number: usize,
    count: usize,
    server: Arc<Mutex<(String, String)>>,
) -> thread::JoinHandle<BTreeSet<String>> {
    thread::spawn(move || {
        let mut accepted = BTreeSet::new();
        for attempt in 0.. {
            if accepted.len() == count {
                break;
            }
            let (address, authorization) = server.lock().unwrap().clone();
            let conversation = format!("c-{number}-{attempt}");
            let body = json!({ "eventType": "stateModification", "context": { "conversationId": conversation }, "events": [] });
            let answer = post(&address, PATH, &authorization, &body.to_string());
            match answer {
                Some(answer) if answer.starts_with("HTTP/1.1 202") => {
                    accepted.insert(conversation);
                }
                // Killed: whether it was accepted is unknown.
                _ => thread::sleep(Duration::from_millis(5)),
            }
        }
        accepted
    })
}

fn conversation(post: &Post) -> String {
    post.body["context"]["conversationId"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn start(folder: &Folder) -> (Server, (String, String)) {
    let server = Server::start_with(folder, &[]);
    let address = server.address();
    server.line_with("Ctrl-C stops");
    let keys = std::fs::read_to_string(folder.path().join(".hookpoint/ingest-keys.json")).unwrap();
    let start = keys.find("hpk.").unwrap_or_else(|| panic!("{keys}"));
    let key: String = keys[start..]
        .chars()
        .take_while(|character| *character != '"')
        .collect();
    (server, (address, format!("Authorization: Bearer {key}")))
}

#[test]
fn every_delivery_arrives_under_one_id_however_often_the_server_is_killed() {
    let mut random = 20_261_122;
    let endpoint = Endpoint::start(|post| {
        // Each is slow, so that a kill interrupts many.
        let wait = conversation(post).bytes().map(u64::from).sum::<u64>() % 60;
        thread::sleep(Duration::from_millis(wait));
        ("204 No Content", String::new())
    });
    let folder = Folder::with(&workspace(endpoint.port));
    let (mut server, place) = start(&folder);
    let place = Arc::new(Mutex::new(place));
    let posters: Vec<_> = (0..4)
        .map(|number| poster(number, DELIVERIES / 4, place.clone()))
        .collect();
    for kill in 1..=KILLS {
        let at = DELIVERIES * kill / (KILLS + 2) + usize::try_from(next(&mut random) % 50).unwrap();
        let begin = Instant::now();
        while endpoint.count() < at && begin.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(next(&mut random) % 40));
        server.signal("-KILL");
        server.process.wait().unwrap();
        let started = start(&folder);
        server = started.0;
        *place.lock().unwrap() = started.1;
    }
    let accepted: BTreeSet<_> = posters
        .into_iter()
        .flat_map(|poster| poster.join().unwrap())
        .collect();
    assert_eq!(accepted.len(), DELIVERIES);
    // Jobs leased by a killed server are handed out by the next one.
    let begin = Instant::now();
    let missing = loop {
        let arrived: BTreeSet<_> = endpoint.posts().iter().map(conversation).collect();
        let missing: Vec<_> = accepted.difference(&arrived).cloned().collect();
        if missing.is_empty() || begin.elapsed() > PATIENCE {
            break missing;
        }
        thread::sleep(Duration::from_millis(100));
    };
    assert!(missing.is_empty(), "{} lost: {missing:?}", missing.len());

    let posts = endpoint.posts();
    let mut ids: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for post in &posts {
        let id = post.headers["webhook-id"].clone();
        ids.entry(conversation(post)).or_default().insert(id);
    }
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "a retry has the same id"
    );
    nothing_is_left(&folder);
    server.signal("-TERM");
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn what_a_killed_server_had_in_hand_is_delivered_by_the_next_one_without_waiting_for_a_lease() {
    const IN_HAND: usize = 40;
    let is_first_life = Arc::new(AtomicBool::new(true));
    let hangs = Arc::clone(&is_first_life);
    let endpoint = Endpoint::start(move |_| {
        // The first server never gets an answer.
        while hangs.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        ("204 No Content", String::new())
    });
    // Long enough that no attempt times out.
    let workspace =
        workspace(endpoint.port).replace("hook: audit }", "hook: audit, timeoutMs: 10000 }");
    let folder = Folder::with(&workspace);
    let (mut server, place) = start(&folder);
    let place = Arc::new(Mutex::new(place));
    let accepted = poster(0, IN_HAND, place).join().unwrap();
    let begin = Instant::now();
    while endpoint.count() < IN_HAND && begin.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(
        endpoint.count(),
        IN_HAND,
        "all are being attempted, each once"
    );
    server.signal("-KILL");
    server.process.wait().unwrap();
    is_first_life.store(false, Ordering::SeqCst);
    let begin = Instant::now();
    let (mut server, _) = start(&folder);
    let ready = begin.elapsed();
    while endpoint.count() < IN_HAND * 2 && begin.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(1));
    }
    let all = begin.elapsed();
    eprintln!("ready after {ready:?}, everything delivered after {all:?}");
    // The goal is two seconds, with some margin for a busy machine; a lease would take thirty.
    assert!(all < Duration::from_secs(10), "{all:?}");
    let again: Vec<_> = endpoint.posts()[IN_HAND..]
        .iter()
        .map(conversation)
        .collect();
    assert_eq!(again.iter().cloned().collect::<BTreeSet<_>>(), accepted);
    nothing_is_left(&folder);
    assert_eq!(endpoint.count(), IN_HAND * 2, "once by each server");
    server.signal("-TERM");
    assert!(server.process.wait().unwrap().success());
}

/// Checks that nothing is waiting, leased or given up.
#[tokio::main(flavor = "current_thread")]
async fn nothing_is_left(folder: &Folder) {
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    assert!(store.dead_letters(10).await.unwrap().is_empty());
    // Reading the queue would lease its jobs, so this waits until the last attempts are settled.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let later = SystemTime::now() + Duration::from_hours(24);
    let left = store
        .receive(10, Duration::from_secs(1), later)
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
    let failed = RunFilter {
        outcome: Some("failed".to_owned()),
        ..RunFilter::default()
    };
    assert!(store.runs(&failed, 10).await.unwrap().is_empty());
}
