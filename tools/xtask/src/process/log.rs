//! Log files of limited size.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

/// Size at which a log is truncated, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;
/// Interval between checks of the size.
const EVERY: Duration = Duration::from_secs(2);

/// Limits the size of a log until it is dropped.
#[derive(Debug)]
pub(super) struct Bounded {
    _stop: Sender<()>,
}

/// Creates an empty log in append mode.
pub(super) fn create(path: &Path) -> io::Result<(File, Bounded)> {
    create_bounded(path, LIMIT, EVERY)
}

fn create_bounded(path: &Path, limit: u64, every: Duration) -> io::Result<(File, Bounded)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(path)?;
    let log = OpenOptions::new().append(true).open(path)?;
    let mut watched = log.try_clone()?;
    let (stop, stopped) = mpsc::channel();
    thread::spawn(move || {
        while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            // A log whose size cannot be read is left alone.
            let _ = truncate(&mut watched, limit);
        }
    });
    Ok((log, Bounded { _stop: stop }))
}

fn truncate(log: &mut File, limit: u64) -> io::Result<()> {
    if log.metadata()?.len() > limit {
        log.set_len(0)?;
        writeln!(
            log,
            "(this log was larger than {limit} bytes; earlier lines were dropped)"
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_log_that_is_too_large_is_truncated_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/log");
        let (mut log, bounded) = create_bounded(&path, 1_000, Duration::from_millis(5)).unwrap();
        log.write_all(&[b'x'; 1_000]).unwrap();
        thread::sleep(Duration::from_millis(50));
        assert_eq!(fs::metadata(&path).unwrap().len(), 1_000, "not too large");
        log.write_all(b"y").unwrap();
        let begin = Instant::now();
        while fs::metadata(&path).unwrap().len() > 1_000 {
            assert!(begin.elapsed() < Duration::from_secs(10));
            thread::sleep(Duration::from_millis(5));
        }
        drop(bounded);
        thread::sleep(Duration::from_millis(20));
        log.write_all(b"next\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("(this log was larger than 1000 bytes"),
            "{text}"
        );
        assert!(text.ends_with("dropped)\nnext\n"), "{text}");
    }
}
