//! Updates that are interrupted: at the latest after the next command, either no file is updated or all are.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use hookpoint_xtask::repository;
use tempfile::TempDir;

use super::{
    super::{
        commands::{copy, shop},
        place::{Ended, Place},
    },
    PATIENCE, top,
};
use crate::bundling::programs;

const INTERRUPT: i32 = 2;
const KILL: i32 = 9;
const TERMINATE: i32 = 15;
const STOP: i32 = 19;

/// What the author and the plugin changed.
const HOOK: &str = "plugins/slack-feed/hooks/slack-feed.ts";
/// What the plugin changed.
const HELPER: &str = "plugins/slack-feed/lib/request.ts";

/// A workspace with a plugin that its author changed, and a library that has a newer one.
struct Scene {
    place: Place,
    library: Place,
    /// The files before an update.
    before: Vec<(String, String)>,
    /// The files after it.
    after: Vec<(String, String)>,
    preloaded: TempDir,
}

impl Scene {
    fn new() -> Self {
        let (place, library) = (shop(), Place::new());
        place.ok(&["plugins", "add", "slack-feed"]);
        copy(&repository::root().join("plugins"), library.path());
        let change = |place: &Place, name: &str, from: &str, to: &str| {
            let text = place.read(name);
            assert!(text.contains(from), "{name}");
            place.write(name, &text.replace(from, to));
        };
        change(&place, HOOK, "logged in to", "signed in to");
        change(
            &library,
            "slack-feed/hooks/slack-feed.ts",
            "logged in to",
            "entered",
        );
        change(
            &library,
            "slack-feed/plugin.yaml",
            "version: 1.0.0",
            "version: 1.1.0",
        );
        change(
            &library,
            "lib/request.ts",
            "RESERVE_MS = 60",
            "RESERVE_MS = 70",
        );
        let cases = library.path().join("slack-feed/cases");
        fs::rename(
            cases.join("consent.case.yaml"),
            cases.join("withdrawn.case.yaml"),
        )
        .unwrap();
        let before = place.files();
        let mut scene = Self {
            place,
            library,
            before,
            after: Vec::new(),
            preloaded: tempfile::tempdir().unwrap(),
        };
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(scene.preloaded())
            .arg(repository::root().join("tests/it/plugins/killing.c"))
            .arg("-ldl")
            .status();
        assert!(compiled.unwrap().success());
        let updated = scene.ended(&["--write", "--replace"]);
        assert_eq!(updated.code, 0, "{}", updated.stderr);
        scene.after = scene.place.files();
        assert_ne!(scene.after, scene.before);
        scene.restore();
        scene
    }

    fn preloaded(&self) -> PathBuf {
        self.preloaded.path().join("killing.so")
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let library = self.library.path().to_str().unwrap();
        let arguments = ["plugins", "update", "slack-feed", "--library", library];
        [&arguments, more].concat()
    }

    fn ended(&self, more: &[&str]) -> Ended {
        self.place.hookpoint(&self.arguments(more))
    }

    /// An update that gets a signal before a change of the file system.
    fn update(&self, signal: i32, at: usize) -> Command {
        let mut command = self.place.command(&programs().0);
        command
            .args(self.arguments(&["--write", "--replace"]))
            .env("LD_PRELOAD", self.preloaded())
            .env("KILL_AT", at.to_string())
            .env("KILL_SIGNAL", signal.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    fn output(&self, signal: i32, at: usize) -> Output {
        self.update(signal, at).output().unwrap()
    }

    /// Kills updates at one change after the other, until one has replaced some files and not others. Returns the number of its change.
    fn half_way(&self) -> usize {
        for at in 1.. {
            assert_eq!(self.output(KILL, at).status.signal(), Some(KILL), "{at}");
            let is_new = |name: &str| self.place.read(name) == text(&self.after, name);
            if is_new(HOOK) && !is_new(HELPER) {
                return at;
            }
            self.restore();
        }
        unreachable!("without an end")
    }

    /// The workspace as it was before the first update.
    fn restore(&self) {
        for name in top(&self.place) {
            let path = self.place.path().join(name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            }
        }
        for (name, text) in &self.before {
            self.place.write(name, text);
        }
    }

    fn has_remains(&self) -> bool {
        let names = top(&self.place);
        names.iter().any(|name| name.starts_with(".hookpoint-"))
    }
}

fn text<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
    &files.iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn an_update_that_is_killed_anywhere_is_taken_back_or_complete() {
    let scene = Scene::new();
    let (mut half, mut complete) = (0, 0);
    for at in 1.. {
        let output = scene.output(KILL, at);
        if output.status.success() {
            assert_eq!(scene.place.files(), scene.after);
            break;
        }
        assert_eq!(output.status.signal(), Some(KILL), "{at}");
        let had_remains = scene.has_remains();
        let next = scene.ended(&[]);
        assert_eq!(next.code, 0, "{at}: {}", next.stderr);
        assert_eq!(
            next.stderr.contains("was killed"),
            had_remains,
            "{at}: {}",
            next.stderr
        );
        if next
            .stderr
            .contains("half-way; every file is as it was before")
        {
            half += 1;
        }
        let files = scene.place.files();
        if files == scene.after {
            complete += 1;
            scene.restore();
        } else {
            assert_eq!(files, scene.before, "{at}: {}", next.stderr);
        }
    }
    assert!(
        half > 3 && complete > 3,
        "{half} half-way, {complete} complete"
    );
}

#[test]
fn half_of_an_update_is_named_by_every_command_and_keeps_what_the_author_changes() {
    let scene = Scene::new();
    let at = scene.half_way();
    for arguments in [
        &["check"][..],
        &["test"],
        &["apply"],
        &["trigger", "after-mfa-change"],
    ] {
        let error = scene.place.hookpoint(arguments).stderr;
        for part in ["an update of `slack-feed` was killed half-way", HOOK] {
            assert!(error.contains(part), "{arguments:?}: {error}");
        }
    }
    // What the author writes into a replaced file, and into one that is not, stays theirs.
    for name in [HOOK, HELPER] {
        let mine = scene.place.read(name) + "// Mine\n";
        scene.place.write(name, &mine);
        let files = scene.place.files();
        let refused = scene.ended(&["--write", "--replace"]);
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        let message = format!("half-way, and you changed `{name}` since");
        assert!(refused.stderr.contains(&message), "{}", refused.stderr);
        let added = scene.place.hookpoint(&["plugins", "add", "discord-feed"]);
        assert!(added.stderr.contains(&message), "{}", added.stderr);
        assert_eq!(scene.place.files(), files);
        let path = scene.place.path().join(name);
        fs::rename(&path, scene.library.path().join("mine")).unwrap();
        let next = scene.ended(&[]);
        assert!(next.stderr.contains("as it was before"), "{}", next.stderr);
        assert_eq!(scene.place.files(), scene.before);
        assert_eq!(scene.library.read("mine"), mine);
        assert_eq!(scene.output(KILL, at).status.signal(), Some(KILL));
    }
}

#[test]
fn an_interrupted_update_ends_first() {
    let scene = Scene::new();
    let at = scene.half_way();
    for (signal, at) in [(TERMINATE, 1), (TERMINATE, at), (INTERRUPT, at)] {
        scene.restore();
        let output = scene.output(signal, at);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.contains("interrupted after all files were written"),
            "{error}"
        );
        assert_eq!(scene.place.files(), scene.after);
    }
}

#[test]
fn nothing_is_changed_beside_a_running_update() {
    let scene = Scene::new();
    let at = scene.half_way();
    scene.restore();
    let mut child = scene.update(STOP, at).spawn().unwrap();
    let state = PathBuf::from(format!("/proc/{}/stat", child.id()));
    let begin = Instant::now();
    while !is_stopped(&state) {
        assert!(begin.elapsed() < PATIENCE, "it does not stop");
        thread::sleep(Duration::from_millis(10));
    }
    let files = scene.place.files();
    for arguments in [
        &scene.arguments(&["--write"])[..],
        &["plugins", "add", "discord-feed"],
    ] {
        let other = scene.place.hookpoint(arguments);
        assert_eq!(other.code, 2, "{}", other.stdout);
        assert!(
            other.stderr.contains("plugins update` runs in"),
            "{}",
            other.stderr
        );
    }
    assert_eq!(scene.place.files(), files);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(scene.ended(&[]).code, 0);
    assert_eq!(scene.place.files(), scene.before);
}

fn is_stopped(state: &Path) -> bool {
    let state = fs::read_to_string(state).unwrap();
    state.rsplit(") ").next().unwrap().starts_with('T')
}

#[test]
fn an_update_that_cannot_be_written_whole_changes_nothing() {
    let scene = Scene::new();
    let library = scene.library.path().display();
    let mut failed = 0;
    // The limit on the size of a file, in blocks of 512 bytes. With the signal ignored, writing more fails as on a full disk.
    for blocks in [0, 1, 2, 4, 8, 16, 32] {
        let ended = scene.place.shell(&format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec hookpoint plugins update slack-feed --library {library} --write --replace"
        ));
        if ended.code == 0 {
            break;
        }
        failed += 1;
        assert_eq!(ended.code, 2, "{blocks}: {}{}", ended.stdout, ended.stderr);
        assert!(
            ended.stderr.contains("failed to write"),
            "{blocks}: {}",
            ended.stderr
        );
        assert_eq!(scene.place.files(), scene.before, "{blocks} blocks");
        assert!(!scene.has_remains(), "{blocks} blocks");
    }
    assert!(failed > 3, "{failed}");
}
