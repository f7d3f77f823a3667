//! The program on a pseudo-terminal.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};

use crate::{folder::Folder, server::PATIENCE};

/// A program and the person before it.
pub(crate) struct Terminal {
    process: Child,
    screen: File,
    other_end: OwnedFd,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts the program in a session of its own, on a terminal of this width.
    pub(crate) fn start(folder: &Folder, columns: u16, arguments: &[&str]) -> Self {
        Self::start_with(folder, columns, arguments, &[])
    }

    /// Starts it with variables of the environment, too.
    pub(crate) fn start_with(
        folder: &Folder,
        columns: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&screen, size).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let other_end = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
        let end = || other_end.try_clone().unwrap();
        let process = Command::new("setsid")
            .args(["--ctty", env!("CARGO_BIN_EXE_hookpoint")])
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let screen = File::from(screen);
        let shown = Arc::<Mutex<Vec<u8>>>::default();
        let (mut reader, all) = (screen.try_clone().unwrap(), shown.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                all.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            process,
            screen,
            other_end,
            shown,
        }
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: char) {
        self.screen.write_all(&[key as u8]).unwrap();
    }

    /// Everything that was shown, with its control sequences.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Everything that was shown, as text.
    pub(crate) fn text(&self) -> String {
        let plain = anstream::adapter::strip_str(&self.raw()).to_string();
        plain.replace('\r', "")
    }

    /// Waits until a text was shown `count` times.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str, times: usize) {
        let began = Instant::now();
        while self.text().matches(text).count() < times {
            assert!(began.elapsed() < PATIENCE, "{text}: {}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether keys are echoed, and come line by line.
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.other_end).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// Whether what is typed is shown.
    pub(crate) fn is_echoing(&self) -> bool {
        let modes = tcgetattr(&self.other_end).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    pub(crate) fn end(mut self) -> (ExitStatus, bool) {
        let status = self.process.wait().unwrap();
        (status, self.is_cooked())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The process may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The ingest key of an application.
pub(crate) fn key(folder: &Path, application: &str) -> String {
    let keys = std::fs::read_to_string(folder.join(".hookpoint/ingest-keys.json")).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    keys[application].as_str().unwrap().to_owned()
}
