//! A child that has been taken over speaks: the parent stays sane, whatever it says.

use std::{fmt::Write as _, time::Duration};

use hookpoint_engine::outcome::FailureClass;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::json;

use crate::support::{sandbox, script, tests};

tests![
    crafted_frames_end_the_run_as_a_crash,
    random_bytes_and_random_frames_never_pass_for_a_result,
    a_forged_result_is_held_to_the_same_rules,
    fetches_out_of_turn_and_floods_end_the_run,
    what_a_child_says_is_not_quoted_and_its_log_is_capped,
];

/// A frame as a script writes it.
fn frame(kind: u8, header: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(5 + header.len() + body.len())
        .expect("a length")
        .to_le_bytes()
        .to_vec();
    bytes.push(kind);
    bytes.extend(u32::try_from(header.len()).expect("a length").to_le_bytes());
    bytes.extend(header);
    bytes.extend(body);
    bytes
}

/// A script that says these bytes and then leaves.
fn saying(bytes: &[u8]) -> String {
    let mut list = String::new();
    for byte in bytes {
        let _ = write!(list, "{byte},");
    }
    format!(
        "export default () => {{ takeover.write(new Uint8Array([{list}])); takeover.crash('exit') }}"
    )
}

async fn crafted_frames_end_the_run_as_a_crash() {
    let sandbox = sandbox();
    let deep = "[".repeat(100_000);
    for (what, bytes) in [
        ("a length of four gigabytes", vec![255, 255, 255, 255]),
        ("a length of nothing", vec![0, 0, 0, 0]),
        (
            "a header beyond its frame",
            vec![9, 0, 0, 0, 65, 255, 255, 255, 127],
        ),
        ("an unknown kind", frame(99, b"{}", b"")),
        ("a kind that only the parent sends", frame(2, b"{}", b"")),
        ("a header that is not JSON", frame(65, b"\xff\xfe", b"{}")),
        (
            "a header with an unknown member",
            frame(65, b"{\"x\":1}", b"{}"),
        ),
        (
            "a failure of an unknown kind",
            frame(
                66,
                br#"{"kind":"Ok","message":"","line":0,"column":0}"#,
                b"",
            ),
        ),
        (
            "a failure with a line below zero",
            frame(
                66,
                br#"{"kind":"Threw","message":"","line":-1,"column":0}"#,
                b"",
            ),
        ),
        (
            "a failure with an endless message",
            frame(
                66,
                format!(
                    r#"{{"kind":"Threw","message":"{}","line":0,"column":0}}"#,
                    "x".repeat(10_000)
                )
                .as_bytes(),
                b"",
            ),
        ),
        (
            "a header nested without end",
            frame(66, deep.as_bytes(), b""),
        ),
        ("a log line that is not UTF-8", frame(67, b"{}", b"\xff")),
        (
            "a fetch with number zero",
            frame(
                68,
                br#"{"id":0,"method":"GET","url":"https://a.test/","redirect":"follow","headers":[]}"#,
                b"",
            ),
        ),
        (
            "a fetch with number two first",
            frame(
                68,
                br#"{"id":2,"method":"GET","url":"https://a.test/","redirect":"follow","headers":[]}"#,
                b"",
            ),
        ),
        ("half a frame", frame(65, b"{}", b"{}")[..8].to_vec()),
        ("nothing at all", vec![]),
    ] {
        let failure = script(&saying(&bytes)).failure(&sandbox).await;
        assert_eq!(
            failure.class,
            FailureClass::ScriptCrash,
            "{what}: {failure}"
        );
    }
    assert!(
        script("export default () => ({})")
            .on(&sandbox)
            .await
            .is_ok()
    );
}

async fn random_bytes_and_random_frames_never_pass_for_a_result() {
    let sandbox = sandbox();
    let mut runner = TestRunner::new(Config::default());
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (
            any::<u8>(),
            prop::collection::vec(any::<u8>(), 0..50),
            prop::collection::vec(any::<u8>(), 0..50)
        )
            .prop_map(|(kind, header, body)| frame(kind, &header, &body)),
        // Well-formed headers around bodies that are no response.
        (65_u8..=70, prop::collection::vec(any::<u8>(), 0..50))
            .prop_map(|(kind, body)| frame(kind, b"{}", &body)),
    ];
    for _ in 0..60 {
        let bytes = bytes.new_tree(&mut runner).expect("a value").current();
        let failure = script(&saying(&bytes)).failure(&sandbox).await;
        assert!(
            matches!(
                failure.class,
                FailureClass::ScriptCrash | FailureClass::BadResponse
            ),
            "{bytes:?}: {failure}"
        );
    }
}

async fn a_forged_result_is_held_to_the_same_rules() {
    let sandbox = sandbox();
    for (body, class) in [
        (&b"[1]"[..], FailureClass::BadResponse),
        (b"{} {}", FailureClass::BadResponse),
        (b"{\"a\":NaN}", FailureClass::BadResponse),
        (b"", FailureClass::BadResponse),
    ] {
        let failure = script(&saying(&frame(65, b"{}", body)))
            .failure(&sandbox)
            .await;
        assert_eq!(failure.class, class, "{failure}");
    }
    let forged = script(&saying(&frame(65, b"{}", b"{\"context\":{\"a\":1}}")))
        .response(&sandbox)
        .await;
    assert_eq!(
        forged,
        json!({ "context": { "a": 1 } }),
        "a result is a result: the engine checks its effects like any other"
    );
}

async fn fetches_out_of_turn_and_floods_end_the_run() {
    let sandbox = sandbox();
    let flood = "export default () => {
        const line = new Uint8Array(8000).fill(120);
        const frame = new Uint8Array(4 + 5 + 2 + 8000);
        new DataView(frame.buffer).setUint32(0, 5 + 2 + 8000, true);
        frame[4] = 67;
        new DataView(frame.buffer).setUint32(5, 2, true);
        frame.set([123, 125], 9);
        frame.set(line, 11);
        for (;;) takeover.write(frame);
    }";
    let failure = script(flood)
        .limit(Duration::from_secs(4))
        .failure(&sandbox)
        .await;
    assert_eq!(failure.class, FailureClass::ScriptCrash, "{failure}");

    // Twenty-one requests, numbered as they should be: the parent counts too.
    let mut bytes = Vec::new();
    for id in 1..=21 {
        let header = format!(
            r#"{{"id":{id},"method":"GET","url":"https://a.test/","redirect":"follow","headers":[]}}"#
        );
        bytes.extend(frame(68, header.as_bytes(), b""));
    }
    let failure = script(&saying(&bytes)).failure(&sandbox).await;
    assert_eq!(failure.class, FailureClass::ScriptCrash, "{failure}");
    assert!(failure.message.contains("number 21"), "{failure}");
}

async fn what_a_child_says_is_not_quoted_and_its_log_is_capped() {
    let sandbox = sandbox();
    let forged = br#"{"kind":"forged words","message":"","line":0,"column":0}"#;
    let failure = script(&saying(&frame(66, forged, b"")))
        .failure(&sandbox)
        .await;
    assert_eq!(failure.class, FailureClass::ScriptCrash, "{failure}");
    assert!(!failure.message.contains("forged"), "{failure}");

    // Two kilobytes that become six when they are made harmless, as often as the parent listens.
    let mut bytes = Vec::new();
    for _ in 0..20 {
        bytes.extend(frame(67, b"{}", &[7; 2048]));
    }
    bytes.extend(frame(65, b"{}", b"{}"));
    let reply = script(&saying(&bytes)).on(&sandbox).await.expect("a reply");
    let kept: usize = reply.log.iter().map(String::len).sum();
    assert!(kept <= 64 * 1024 + 100, "{kept}");
    assert_eq!(
        reply.log.last().map(String::as_str),
        Some("(10 more lines did not fit)")
    );

    let mut bytes = frame(67, b"{}", b"").repeat(3000);
    bytes.extend(frame(65, b"{}", b"{}"));
    let reply = script(&saying(&bytes)).on(&sandbox).await.expect("a reply");
    assert_eq!(reply.log.len(), 1001);
}
