//! Invariants for any guest, for the fuzz target `guest` and the test that replays its findings.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::redaction::CUT,
    deadline::Deadline,
    hook::{Hook, HookBody, Implementation, ScriptHook, outcome::HookFailure},
    ports::{Fetch, FetchReply, FetchRequest, NoSourceMap, RESPONSE_LIMIT, ScriptCall},
    stages::Stage,
};
use hookpoint_script_protocol::{
    FETCH_BODY_LIMIT, FETCH_LIMIT, FRAME_LIMIT, Frame, LOG_LIMIT, MESSAGE_LIMIT, OPERATION_LIMIT,
    Operation, REJECTION_LIMIT, Rejection, Reply, Waiting, parts, push_part,
};
use tokio::time::Instant;

use super::{Inner, Sandbox, SandboxOptions, conversation::Conversation};
use crate::{
    machine::{Log, perform},
    reply,
};

/// Maximum length of an operation's error, in bytes.
const ERROR_LIMIT: usize = 1024;
/// The only host that the hook declares.
const HOST: &str = "a.test";

/// Checks a reply (`r`), a native operation (`o`), log lines (`l`), or the input of an operation (anything else).
///
/// # Panics
/// If the guest could affect more than its own run.
pub fn guest(data: &[u8]) {
    match data.split_first() {
        Some((b'r', message)) => take_reply(message),
        Some((b'o', operation)) => take_operation(operation),
        Some((b'l', lines)) => take_log(lines),
        Some((_, input)) => take_parts(input),
        None => {}
    }
}

/// Messages and responses are bounded; requests stay within what the hook may do.
fn take_reply(message: &[u8]) {
    match reply::read(message) {
        Ok((Reply::Failure(failure), _)) => {
            take_failure(&failure.message, &failure.frames);
            take_rejections(&failure.rejections);
        }
        Ok((Reply::Result(rejections), body)) => {
            take_rejections(&rejections);
            if reply::response(&body).is_ok() {
                assert!(body.len() <= RESPONSE_LIMIT);
            }
        }
        Ok((Reply::Waiting(waiting), body)) => take_requests(waiting, &body),
        Ok((Reply::Compiled(_) | Reply::Evaluated, _)) | Err(_) => {}
    }
}

fn take_rejections(rejections: &[Rejection]) {
    assert!(rejections.len() <= REJECTION_LIMIT);
    for rejection in rejections {
        take_failure(&rejection.message, &rejection.frames);
    }
}

fn take_failure(message: &str, frames: &[Frame]) {
    assert!(message.len() <= MESSAGE_LIMIT + CUT.len_utf8());
    assert!(frames.len() <= FRAME_LIMIT);
    for text in frames.iter().map(|frame| &*frame.function).chain([message]) {
        assert!(!text.contains(['\n', '\r', '\x1b']));
    }
}

fn take_requests(waiting: Waiting, bodies: &[u8]) {
    static INNER: LazyLock<Arc<Inner>> = LazyLock::new(|| {
        Sandbox::new(&SandboxOptions::default(), Arc::new(Redirecting::default())).inner
    });
    let script = ScriptHook {
        source: String::new(),
        file: None,
        hosts: vec![HOST.to_owned()],
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    };
    let Ok(name) = "fuzzed".parse() else { return };
    let hook = Hook {
        name,
        version: 1,
        body: Arc::new(HookBody {
            implementation: Implementation::Script(script.clone()),
            secrets: Vec::new(),
        }),
    };
    let event = serde_json::Map::new();
    let exchanges = hookpoint_engine::hook::exchange::Exchanges::new(false);
    let call = ScriptCall {
        hook: &hook,
        stage: Stage::BeforeRegistration,
        event: &event,
        variables: BTreeMap::new(),
        secrets: Vec::new(),
        correlation_id: "0b6f1f4e-0000-4000-8000-000000000000",
        delivery: None,
        now: SystemTime::UNIX_EPOCH,
        deadline: Deadline::after(Instant::now(), Duration::from_secs(1)),
        source_map: &NoSourceMap,
        exchanges: &exchanges,
    };
    let wanted = waiting.requests.len();
    let mut conversation = Conversation::new(&INNER, &call, &script);
    if conversation.begin_requests(waiting, bodies).is_ok() {
        assert!(wanted <= FETCH_LIMIT as usize);
        assert!(conversation.ended().len() <= wanted);
    }
}

/// An endpoint that redirects to the URL in the request's body, and checks every request that reaches it.
#[derive(Default)]
struct Redirecting {
    turn: AtomicU32,
}

#[async_trait]
impl Fetch for Redirecting {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        let rest = request.url.split_once("://").map(|(_, rest)| rest);
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
        let host = authority.and_then(|authority| authority.rsplit('@').next());
        assert!(
            host.is_some_and(|host| host.split(':').next() == Some(HOST)),
            "{}",
            request.url
        );
        assert!(request.body.len() <= FETCH_BODY_LIMIT);
        let statuses = [200, 302, 307];
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) as usize;
        let location = request.body.iter().copied().map(char::from).collect();
        Ok(FetchReply {
            status: statuses[turn % statuses.len()],
            headers: vec![("location".to_owned(), location)],
            body: request.body,
        })
    }
}

/// An operation returns a result or a short sentence.
fn take_operation(data: &[u8]) {
    let Some((&number, input)) = data.split_first() else {
        return;
    };
    let Some(operation) = Operation::of_number(u32::from(number % 13)) else {
        return;
    };
    if input.len() > OPERATION_LIMIT {
        return;
    }
    let end = std::time::Instant::now() + Duration::from_millis(20);
    let output = perform(operation, input, end);
    match output.split_first() {
        Some((0, _)) => {}
        Some((1, text)) => {
            assert!(std::str::from_utf8(text).is_ok());
            assert!(text.len() <= ERROR_LIMIT);
        }
        _ => panic!("an output without a status"),
    }
}

/// Log lines are bounded and hold no line breaks.
fn take_log(lines: &[u8]) {
    let mut log = Log::default();
    for line in lines.split(|byte| *byte == 0) {
        log.push(line);
    }
    assert!(log.lines.iter().map(String::len).sum::<usize>() <= LOG_LIMIT);
    for line in &log.lines {
        assert!(!line.contains(['\n', '\r', '\x1b']));
    }
}

/// Parsing parts loses nothing.
fn take_parts(input: &[u8]) {
    if let Some(found) = parts::<3>(input) {
        let mut again = Vec::new();
        for part in found {
            push_part(&mut again, part);
        }
        assert_eq!(again, input);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Every past finding, and a seed of each kind.
    #[test]
    fn findings_of_the_fuzz_target_stay_fixed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions/guest");
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            eprintln!("{}", file.display());
            super::guest(&fs::read(&file).unwrap());
            count += 1;
        }
        assert!(count > 3, "{count}");
    }
}
