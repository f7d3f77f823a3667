//! Additions that are interrupted: nothing of them is left.

#[cfg(target_os = "linux")]
mod updates;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
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
    // The limit on the size of a file, in blocks of 512 bytes. With the signal ignored, writing more fails as on a full disk.
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

/// A bundler that takes its time: what happens meanwhile comes in the middle of an addition.
fn slow_bundler(folder: &Path) -> PathBuf {
    let bundler = folder.join("bundler");
    let text = format!(
        "#!/bin/sh\n/bin/sleep 5\nexec {} \"$@\"\n",
        programs().1.display()
    );
    fs::write(&bundler, text).unwrap();
    fs::set_permissions(&bundler, fs::Permissions::from_mode(0o755)).unwrap();
    bundler
}

/// Adds a plugin, until its files are there and its entries are not.
fn half_added(place: &Place, bundler: &Path) -> Child {
    let mut command = place.command(&programs().0);
    let child = command
        .args(["plugins", "add", "slack-feed"])
        .env("HOOKPOINT_BUNDLER", bundler)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !place.path().join("plugins/slack-feed").exists() {
        assert!(begin.elapsed() < PATIENCE, "nothing is added");
        thread::sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn an_interrupted_addition_is_taken_back() {
    let place = shop();
    let before = place.files();
    let slow = tempfile::tempdir().unwrap();
    let bundler = slow_bundler(slow.path());
    for signal in ["-INT", "-TERM"] {
        let child = half_added(&place, &bundler);
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

/// The names of what a workspace's folder directly contains.
fn top(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn what_a_killed_addition_left_is_explained_and_then_removed() {
    let place = shop();
    let slow = tempfile::tempdir().unwrap();
    let mut child = half_added(&place, &slow_bundler(slow.path()));
    let other = place.hookpoint(&["plugins", "add", "discord-feed"]);
    assert_eq!(other.code, 2, "{}", other.stdout);
    assert!(other.stderr.contains("another `"), "{}", other.stderr);
    child.kill().unwrap();
    child.wait().unwrap();

    let left = top(&place);
    let scratch = left
        .iter()
        .find(|name| name.starts_with(".hookpoint-adding-"));
    let scratch = scratch.unwrap_or_else(|| panic!("{left:?}"));
    assert_eq!(place.read("hookpoint.yaml"), SHOP);
    let checked = place.hookpoint(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let explained = format!("`{scratch}` was left by a killed addition of `slack-feed`");
    assert!(checked.stderr.contains(&explained), "{}", checked.stderr);

    let added = place.hookpoint(&["plugins", "add", "discord-feed"]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    let removed = "removed what a killed addition of `slack-feed` left";
    assert!(added.stderr.contains(removed), "{}", added.stderr);
    let left = top(&place);
    assert!(
        !left.iter().any(|name| name.starts_with(".hookpoint-")),
        "{left:?}"
    );
    assert!(!place.path().join("plugins/slack-feed").exists());
    let checked = place.hookpoint(&["check"]);
    assert!(!checked.stderr.contains("killed"), "{}", checked.stderr);
    place.ok(&["plugins", "add", "slack-feed"]);
}

#[test]
fn what_the_author_writes_during_an_addition_stays() {
    let place = shop();
    let slow = tempfile::tempdir().unwrap();
    let child = half_added(&place, &slow_bundler(slow.path()));
    place.write("hookpoint.yaml", &format!("{SHOP}# Mine\n"));
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("changed meanwhile"), "{error}");
    assert_eq!(place.read("hookpoint.yaml"), format!("{SHOP}# Mine\n"));
    assert!(!place.path().join("plugins").exists());
}
