//! A disk that is really full, and a directory that is really read-only.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use hookpoint_engine::ports::{JobQueue, Settlement, WorkQueue};
use hookpoint_local::LocalStore;
use libtest_mimic::Trial;

use crate::sample::{job, runtime};

const LEASE: Duration = Duration::from_secs(20);
/// The size of the small disk, in bytes.
const SIZE: usize = 8 << 20;
/// A file system of this size, in a mount namespace that ends with the process.
const MOUNT: &str = "mount -t tmpfs -o size=8m tmpfs \"$1\" && shift && exec \"$@\"";

pub(crate) fn trials() -> Vec<Trial> {
    let mount = Trial::test(
        "a_full_disk_loses_nothing_and_works_again_once_there_is_space",
        || {
            full_disk();
            Ok(())
        },
    );
    let permission = Trial::test(
        "a_directory_that_cannot_be_written_is_named_and_left_as_it_is",
        || {
            read_only();
            Ok(())
        },
    );
    // Where mounting is not allowed, as in some containers, the test is shown as ignored. SQLite's page limit is tested
    // everywhere.
    let can_mount = may_mount();
    vec![mount.with_ignored_flag(!can_mount), permission]
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
    if !is_root() {
        command.arg("--map-root-user");
    }
    command
        .args(["--mount", "sh", "-c", MOUNT, "sh"])
        .arg(directory);
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn full_disk() {
    let directory = tempfile::tempdir().unwrap();
    let mut filler = mounted(directory.path());
    filler.arg(std::env::current_exe().unwrap());
    let status = filler
        .args(["--as", "filler"])
        .arg(directory.path())
        .status();
    assert!(status.unwrap().success(), "see what the process wrote");
}

/// In the process on the small disk: fills it, makes room again, and counts.
pub(crate) fn fill(disk: &Path) {
    let ballast = disk.join("ballast");
    a_store_is_made_whole_or_not_at_all(&disk.join("new"), &ballast);
    fs::write(&ballast, vec![0; 2_000_000]).unwrap();
    let directory = disk.join(".hookpoint");
    let store = LocalStore::open(&directory).unwrap();
    runtime().block_on(async {
        let now = SystemTime::now();
        let mut accepted = 0;
        let refused = loop {
            match store.enqueue(&[job("shop", 9_000)], now).await {
                Ok(()) => accepted += 1,
                Err(error) => break error.to_string(),
            }
            assert!(accepted < 10_000, "the disk must fill up");
        };
        let file = store.path().display();
        let expected = format!(
            "no space left on the disk of `{file}`; free some and retry; nothing accepted was lost"
        );
        assert!(refused.contains(&expected), "{refused}");
        assert!(accepted > 20, "{accepted}");
        // Fills up until not even a small change fits.
        let refused = loop {
            match store.enqueue(&[job("shop", 1)], now).await {
                Ok(()) => accepted += 1,
                Err(error) => break error.to_string(),
            }
            assert!(accepted < 100_000, "the disk must fill up");
        };
        assert!(refused.contains(&expected), "{refused}");
        // A job that cannot be leased for lack of space is not lost either.
        match store.receive(10, LEASE, SystemTime::now()).await {
            Ok(received) => assert_eq!(received.len(), 10),
            Err(error) => assert!(error.to_string().contains(&expected), "{error}"),
        }
        let later = now + LEASE * 2;

        fs::remove_file(&ballast).unwrap();
        let mut seen = 0;
        loop {
            let received = store.receive(50, LEASE, later).await.unwrap();
            if received.is_empty() {
                break;
            }
            for leased in received {
                leased.job.as_ref().unwrap();
                store
                    .settle(&leased, Settlement::Done, later)
                    .await
                    .unwrap();
                seen += 1;
            }
        }
        assert_eq!(seen, accepted, "jobs left of those accepted");
        store.enqueue(&[job("shop", 9_000)], now).await.unwrap();
        drop(store);
        let store = LocalStore::open(&directory).unwrap();
        assert_eq!(store.receive(10, LEASE, later).await.unwrap().len(), 1);
    });
}

/// However much space is left when a store is made.
fn a_store_is_made_whole_or_not_at_all(directory: &Path, ballast: &Path) {
    let mut refused = 0;
    for free in (0..600_000).step_by(12_288) {
        fs::write(ballast, vec![0; SIZE - free]).unwrap();
        if let Err(error) = LocalStore::open(directory) {
            let said = error.to_string();
            let is_named = said.contains("free some") || said.contains("is full");
            assert!(is_named, "{free}: {said}");
            refused += 1;
        }
        fs::remove_file(ballast).unwrap();
        if let Err(error) = LocalStore::open(directory) {
            panic!("with {free} bytes left a store was made that is not whole: {error}");
        }
        fs::remove_dir_all(directory).unwrap();
    }
    assert!((5..48).contains(&refused), "{refused} were refused");
}

fn read_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let accepted = job("shop", 100);
    let now = SystemTime::now();
    let runtime = runtime();
    runtime.block_on(async {
        let store = LocalStore::open(path).unwrap();
        store
            .enqueue(std::slice::from_ref(&accepted), now)
            .await
            .unwrap();
    });
    let file = path.join(hookpoint_local::STORE_FILE);
    for (target, mode) in [(path, 0o500), (&file, 0o400)] {
        let before = fs::metadata(target).unwrap().permissions();
        fs::set_permissions(target, Permissions::from_mode(mode)).unwrap();
        let status = without_privileges()
            .args(["--as", "intruder"])
            .arg(path)
            .status();
        fs::set_permissions(target, before).unwrap();
        assert!(
            status.unwrap().success(),
            "mode {mode:o}: see what the process wrote"
        );
    }
    runtime.block_on(async {
        let store = LocalStore::open(path).unwrap();
        let leased = store.receive(10, LEASE, now).await.unwrap().remove(0);
        assert_eq!(leased.job.unwrap(), accepted);
    });
}

/// This program without the capabilities that let root ignore permissions.
fn without_privileges() -> Command {
    let program = std::env::current_exe().unwrap();
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg("--bounding-set=-dac_override,-dac_read_search")
        .arg(program);
    command
}

/// In the process that may not write: checks the error.
pub(crate) fn intrude(directory: &Path) {
    let error = LocalStore::open(directory).unwrap_err().to_string();
    let file = directory.join(hookpoint_local::STORE_FILE);
    let expected = format!(
        "`{}` cannot be opened for writing; make the file and its directory writable for you",
        file.display()
    );
    assert!(error.contains(&expected), "{error}");
}
