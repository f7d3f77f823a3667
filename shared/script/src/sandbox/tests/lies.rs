//! A guest that lies in every call of a run, driven as a real one. It costs its own run only, and the next is normal.

use std::{collections::BTreeMap, time::SystemTime};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{HookBody, Implementation, ScriptHook, exchange::Exchanges},
    ports::NoSourceMap,
    stages::Stage,
};
use hookpoint_script_protocol::{
    Failure, FailureKind, FetchOrder, Form, Frame, MESSAGE_LIMIT, Rejection, Reply, Waiting,
};
use serde_json::{Map, json};

use super::*;
use crate::machine::{Placing, lying};

const LIMIT: Duration = Duration::from_millis(150);
/// Allowed delay where other tests run.
const TOLERANCE: Duration = Duration::from_millis(500);

/// What one call of the liar does.
enum Said {
    /// Returns this reply, followed by these bytes.
    Reply(Reply, Vec<u8>),
    /// Returns these bytes.
    Bytes(Vec<u8>),
    /// Lies as `liar.wat` numbers it.
    Lie(u8),
}

const REPEAT: u8 = 21;
const NESTED: u8 = 22;

/// A source that makes the liar say this, as `liar.wat` describes. Lengths are made such that it is a text.
fn source(said: &[Said]) -> String {
    let mut source = vec![b'~'];
    for said in said {
        let bytes = match said {
            Said::Lie(number) => {
                source.extend([0, 0, 0, *number]);
                continue;
            }
            Said::Bytes(bytes) => bytes.clone(),
            Said::Reply(reply, body) => {
                let mut header = serde_json::to_vec(reply).unwrap();
                while header.len() % 256 >= 128 {
                    header.push(b' ');
                }
                let length = u32::try_from(header.len()).unwrap().to_le_bytes();
                [&length, header.as_slice(), body].concat()
            }
        };
        let length = bytes.len();
        source.extend(
            [length, length >> 7, length >> 14].map(|part| u8::try_from(part & 0x7f).unwrap()),
        );
        source.extend(bytes);
    }
    String::from_utf8(source).unwrap()
}

fn reply(reply: Reply) -> Said {
    Said::Reply(reply, Vec::new())
}

fn compiled() -> Said {
    reply(Reply::Compiled(hookpoint_script_protocol::Compiled {
        form: Form::Module,
    }))
}

fn ended(response: &str) -> Said {
    Said::Reply(Reply::Result(Vec::new()), response.into())
}

fn waiting(requests: Vec<FetchOrder>, timer: Option<u64>) -> Said {
    reply(Reply::Waiting(Waiting {
        requests,
        aborted: Vec::new(),
        timer,
    }))
}

fn order(id: u32) -> FetchOrder {
    FetchOrder {
        id,
        method: "GET".to_owned(),
        url: "https://a.test/".to_owned(),
        headers: Vec::new(),
        redirect: "follow".to_owned(),
        body_length: 0,
    }
}

fn failed(message: String, frames: usize) -> Said {
    let frame = Frame {
        function: "f".to_owned(),
        line: u32::MAX,
        column: u32::MAX,
    };
    reply(Reply::Failure(Failure {
        kind: FailureKind::Threw,
        message,
        frames: vec![frame; frames],
        rejections: Vec::new(),
    }))
}

fn sandbox() -> Sandbox {
    let make = |slots| Ok(lying(Placing::Copied, slots));
    Sandbox::making(&SandboxOptions::default(), Arc::new(NoFetch), make)
}

/// The result of a run of the liar, and the number of its calls of `start` and `resume`, which log a line each.
async fn run(
    sandbox: &Sandbox,
    said: &[Said],
) -> (Result<Map<String, serde_json::Value>, HookFailure>, usize) {
    let hook = Hook {
        name: "liar".parse().unwrap(),
        version: 1,
        body: Arc::new(HookBody {
            implementation: Implementation::Script(ScriptHook {
                source: source(said),
                file: None,
                hosts: vec!["a.test".to_owned()],
                optional_secrets: Vec::new(),
                source_map: None,
                compiled: None,
            }),
            secrets: Vec::new(),
        }),
    };
    let exchanges = Exchanges::new(false);
    let started = Instant::now();
    let result = sandbox
        .run(ScriptCall {
            hook: &hook,
            stage: Stage::BeforeRegistration,
            event: &Map::new(),
            variables: BTreeMap::new(),
            secrets: Vec::new(),
            correlation_id: "0b6f1f4e-0000-4000-8000-000000000000",
            delivery: None,
            now: SystemTime::UNIX_EPOCH,
            deadline: Deadline::after(started, LIMIT),
            source_map: &NoSourceMap,
            exchanges: &exchanges,
        })
        .await;
    let took = started.elapsed();
    assert!(took < LIMIT + TOLERANCE, "it took {took:?}: {result:?}");
    match result {
        Ok(reply) => (Ok(reply.response), reply.log.len()),
        Err(failure) => {
            let calls = failure.log.len();
            (Err(failure), calls)
        }
    }
}

/// Runs what `start` and `resume` say, after an honest compilation.
async fn tell(
    sandbox: &Sandbox,
    said: Vec<Said>,
) -> (Result<Map<String, serde_json::Value>, HookFailure>, usize) {
    let honest = [compiled(), reply(Reply::Evaluated)];
    let said: Vec<Said> = honest.into_iter().chain(said).collect();
    run(sandbox, &said).await
}

async fn assert_sane(sandbox: &Sandbox, after: &str) {
    let (result, calls) = tell(sandbox, vec![ended("{\"context\":{}}")]).await;
    assert!(result.is_ok(), "after {after}: {result:?}");
    assert_eq!(calls, 1, "after {after}");
}

#[tokio::test]
async fn a_reply_that_no_call_may_return_ends_its_run_as_a_crash() {
    let sandbox = sandbox();
    let with_body = |length| FetchOrder {
        body_length: length,
        ..order(1)
    };
    let rejection = Rejection {
        message: "x".to_owned(),
        frames: Vec::new(),
    };
    let cases: Vec<(&str, Said)> = vec![
        ("compiled", compiled()),
        ("evaluated", reply(Reply::Evaluated)),
        ("no reply", Said::Bytes(b"x".to_vec())),
        (
            "a header beyond the reply",
            Said::Bytes(b"\x7f\x7f\x7f\x7f{}".to_vec()),
        ),
        (
            "a header that is none",
            Said::Bytes(b"\x02\0\0\0[]".to_vec()),
        ),
        (
            "two members",
            Said::Bytes([&b"\x1c\0\0\0"[..], br#"{"Result":[],"Evaluated":0} "#].concat()),
        ),
        ("a long message", failed("x".repeat(MESSAGE_LIMIT + 4), 0)),
        ("too many calls", failed(String::new(), 33)),
        (
            "too many rejections",
            reply(Reply::Result(vec![rejection; 21])),
        ),
        ("request 2 first", waiting(vec![order(2)], None)),
        ("request 0", waiting(vec![order(0)], None)),
        ("a request twice", waiting(vec![order(1), order(1)], None)),
        ("21 requests", waiting((1..=21).map(order).collect(), None)),
        ("a body that is missing", waiting(vec![with_body(1)], None)),
        (
            "a body beyond memory",
            waiting(vec![with_body(usize::MAX)], None),
        ),
        (
            "an unknown redirect",
            waiting(
                vec![FetchOrder {
                    redirect: "FOLLOW".to_owned(),
                    ..order(1)
                }],
                None,
            ),
        ),
    ];
    for (what, said) in cases {
        let (result, calls) = tell(&sandbox, vec![said, ended("{}")]).await;
        let failure = result.expect_err(what);
        assert_eq!(
            failure.class,
            FailureClass::ScriptCrash,
            "{what}: {failure}"
        );
        assert!(calls <= 1, "{what}: called {calls} times");
        assert!(!failure.is_retryable, "{what}");
        assert_sane(&sandbox, what).await;
    }
}

#[tokio::test]
async fn a_response_that_is_none_is_the_failure_of_its_hook() {
    let sandbox = sandbox();
    for response in [
        "",
        "[]",
        "null",
        "{} {}",
        "{\"a\":1,\"a\":2}",
        &"[".repeat(200),
    ] {
        let (result, _) = tell(&sandbox, vec![ended(response)]).await;
        let failure = result.expect_err(response);
        assert_eq!(
            failure.class,
            FailureClass::BadResponse,
            "{response}: {failure}"
        );
    }
    assert_sane(&sandbox, "responses").await;
}

#[tokio::test]
async fn every_lie_is_stopped_wherever_it_comes() {
    let sandbox = sandbox();
    // In every call of a run: the second is `resume`.
    for how in 0..=19_u8 {
        for before in 0..=1 {
            let waits = (0..before).map(|_| waiting(Vec::new(), Some(0)));
            let said = waits.chain([Said::Lie(how), ended("{}")]);
            let (result, _) = tell(&sandbox, said.collect()).await;
            let failure = result.expect_err("a lie");
            let expected = match how {
                10..=12 | 15 | 19 => FailureClass::ScriptTimeout,
                13 => FailureClass::ScriptStack,
                _ => FailureClass::ScriptCrash,
            };
            // What is read beyond its memory but inside its slot is zeros, and then no reply.
            assert_eq!(failure.class, expected, "{how}, {before}: {failure}");
        }
        assert_sane(&sandbox, &how.to_string()).await;
    }
    // While it is prepared: in `compile`, and in `evaluate`.
    for how in [0, 2, 8, 14, 15] {
        for said in [vec![Said::Lie(how)], vec![compiled(), Said::Lie(how)]] {
            let (result, calls) = run(&sandbox, &said).await;
            let failure = result.expect_err("a lie");
            assert!(
                matches!(
                    failure.class,
                    FailureClass::ScriptCrash | FailureClass::ScriptTimeout
                ),
                "{how}: {failure}"
            );
            assert_eq!(calls, 0, "{how}: it was started");
        }
        assert_sane(&sandbox, &how.to_string()).await;
    }
}

#[tokio::test]
async fn the_first_answer_is_the_last() {
    let sandbox = sandbox();
    let said = vec![
        ended("{\"context\":{\"n\":1}}"),
        ended("{\"deny\":{}}"),
        ended("{}"),
    ];
    let (result, calls) = tell(&sandbox, said).await;
    assert_eq!(json!(result.unwrap()), json!({"context": {"n": 1}}));
    assert_eq!(calls, 1, "it is not called after its end");
    // Nor after a failure, although it would take it back.
    let (result, calls) = tell(&sandbox, vec![failed("no".to_owned(), 1), ended("{}")]).await;
    assert_eq!(result.unwrap_err().class, FailureClass::ScriptError);
    assert_eq!(calls, 1);
    assert_sane(&sandbox, "answers after the end").await;
}

#[tokio::test]
async fn a_guest_that_waits_for_ever_ends_with_its_time() {
    let sandbox = sandbox();
    for (what, said) in [
        (
            "a timer that is due, again and again",
            waiting(Vec::new(), Some(0)),
        ),
        ("a timer in centuries", waiting(Vec::new(), Some(u64::MAX))),
        ("nothing", waiting(Vec::new(), None)),
        (
            "requests that it does not have",
            reply(Reply::Waiting(Waiting {
                requests: Vec::new(),
                aborted: (0..500).collect(),
                timer: Some(0),
            })),
        ),
    ] {
        let (result, calls) = tell(&sandbox, vec![said, Said::Lie(REPEAT)]).await;
        let failure = result.expect_err(what);
        assert_eq!(
            failure.class,
            FailureClass::ScriptTimeout,
            "{what}: {failure}"
        );
        assert!(calls <= 1001, "{what}: {calls} lines");
        assert_sane(&sandbox, what).await;
    }
}

#[tokio::test]
async fn a_guest_that_enters_itself_between_calls_of_the_host_gets_nowhere() {
    let sandbox = sandbox();
    let said = vec![
        Said::Lie(NESTED),
        ended("{\"a\":1}"),
        ended("{\"b\":1}"),
        ended("{\"c\":1}"),
    ];
    let (result, calls) = tell(&sandbox, said).await;
    // Its own calls are its own matter: what it returns to the host counts.
    assert_eq!(json!(result.unwrap()), json!({"c": 1}));
    assert_eq!(calls, 3);
    assert_sane(&sandbox, "nested calls").await;
}
