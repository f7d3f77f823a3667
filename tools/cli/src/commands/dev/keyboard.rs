//! Keys that are pressed while `dev` runs.

use std::{
    io::{self, IsTerminal as _, Read as _},
    thread,
};

use rustix::{
    process::getpgrp,
    termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
    },
};
use tokio::sync::mpsc;

/// The keyboard, without waiting for Enter and without echo. Dropping it restores the terminal's mode.
pub(super) struct Keyboard {
    keys: mpsc::Receiver<u8>,
    saved: Termios,
}

impl Keyboard {
    /// `None` unless a person is there: standard input and output are a terminal, and the program runs in its
    /// foreground.
    pub(super) fn start() -> Option<Self> {
        let stdin = io::stdin();
        if !stdin.is_terminal() || !io::stdout().is_terminal() {
            return None;
        }
        // A background program that reads is stopped. Without a controlling terminal there is no foreground.
        if tcgetpgrp(&stdin).is_ok_and(|foreground| foreground != getpgrp()) {
            return None;
        }
        let saved = tcgetattr(&stdin).ok()?;
        let mut mode = saved.clone();
        // Ctrl-C stays a signal.
        mode.local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        mode.special_codes[SpecialCodeIndex::VMIN] = 1;
        mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&stdin, OptionalActions::Now, &mode).ok()?;
        let (sender, keys) = mpsc::channel(16);
        let keyboard = Self { keys, saved };
        // It waits for a key until the process ends.
        let reading = thread::Builder::new().spawn(move || {
            for key in io::stdin().lock().bytes().map_while(Result::ok) {
                if sender.blocking_send(key).is_err() {
                    break;
                }
            }
        });
        reading.ok().map(|_| keyboard)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        // A terminal that is gone needs no mode.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.saved);
    }
}

/// The next key; never, where there is no keyboard.
pub(super) async fn next(keyboard: &mut Option<Keyboard>) -> Option<u8> {
    match keyboard {
        Some(keyboard) => keyboard.keys.recv().await,
        None => std::future::pending().await,
    }
}
