//! Additions that end half-way: nothing of them stays.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    commands::{SHOP, shop},
    place::Place,
};
use crate::bundling::programs;

/// Longer than a command takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn what_cannot_be_written_whole_is_taken_back() {
    // The workspace is larger than every other file: it is the last one that fails.
    let comment = format!("# {}\n", "x".repeat(998)).repeat(400);
    // Files may have so many blocks of 512 bytes. Without the signal, writing more fails like on a full disk.
    for (blocks, file) in [
        (1, "plugins/slack-feed/"),
        (8, "plugins/slack-feed/"),
        (16, "plugins/slack-feed/lib/request.ts"),
        (30, "hookpoint.d.ts"),
        (700, "hookpoint.yaml"),
    ] {
        let place = Place::new();
        place.write("hookpoint.yaml", &format!("{comment}{SHOP}"));
        let before = place.files();
        let ended = place.shell(&format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec hookpoint plugins add slack-feed"
        ));
        let error = &ended.stderr;
        assert_eq!(ended.code, 2, "{blocks}: {}{error}", ended.stdout);
        assert!(
            error.contains(&format!("failed to write `{file}")),
            "{blocks}: {error}"
        );
        assert_eq!(place.files(), before, "{blocks} blocks");
    }
}

#[test]
fn an_interrupted_addition_is_taken_back() {
    let place = shop();
    let before = place.files();
    // A bundler that takes its time: the interruption comes in the middle.
    let slow = tempfile::tempdir().unwrap();
    let bundler = slow.path().join("bundler");
    let text = format!(
        "#!/bin/sh\n/bin/sleep 5\nexec {} \"$@\"\n",
        programs().1.display()
    );
    fs::write(&bundler, text).unwrap();
    fs::set_permissions(&bundler, fs::Permissions::from_mode(0o755)).unwrap();
    for signal in ["-INT", "-TERM"] {
        let child = place
            .command(&programs().0)
            .args(["plugins", "add", "slack-feed"])
            .env("HOOKPOINT_BUNDLER", &bundler)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while !place.path().join("plugins/slack-feed").exists() {
            assert!(begin.elapsed() < PATIENCE, "nothing is added");
            thread::sleep(Duration::from_millis(10));
        }
        let status = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("interrupted; nothing was added"), "{error}");
        assert_eq!(place.files(), before, "{signal}");
        assert!(!place.path().join("plugins").exists());
    }
    place.ok(&["plugins", "add", "slack-feed"]);
}
