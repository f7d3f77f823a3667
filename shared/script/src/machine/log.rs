//! The log of a run, bounded by the host because the guest may be compromised.

use hookpoint_engine::confidential::redaction::{CUT, log_line};
use hookpoint_script_protocol::{LOG_LIMIT, LOG_LINE_LIMIT};

/// Maximum number of lines: a guest could log nothing but line breaks.
const LOG_LINES: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<String>,
    used: usize,
    pub(crate) dropped_lines: u32,
}

impl Log {
    /// Whether the guest logged nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped_lines == 0
    }

    /// Appends a line of the guest. After the first one that does not fit, drops all, so that there are no gaps.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.is_full() {
            self.dropped_lines = self.dropped_lines.saturating_add(1);
            return;
        }
        let line = &bytes[..bytes.len().min(LOG_LINE_LIMIT + CUT.len_utf8())];
        self.append(log_line(&String::from_utf8_lossy(line)));
    }

    /// The log with its lines rewritten, within the limits again: they may have grown.
    pub(crate) fn rewritten(self, mut rewrite: impl FnMut(&str) -> String) -> Self {
        let mut log = Self::default();
        for line in &self.lines {
            if log.is_full() {
                log.dropped_lines = log.dropped_lines.saturating_add(1);
            } else {
                log.append(rewrite(line));
            }
        }
        log.dropped_lines = log.dropped_lines.saturating_add(self.dropped_lines);
        log
    }

    fn is_full(&self) -> bool {
        self.dropped_lines > 0 || self.lines.len() >= LOG_LINES
    }

    fn append(&mut self, mut text: String) {
        // Replaced characters may have made it longer. Allows for the guest's own ellipsis.
        if text.len() > LOG_LINE_LIMIT + CUT.len_utf8() {
            text.truncate(text.floor_char_boundary(LOG_LINE_LIMIT));
            text.push(CUT);
        }
        if self.used + text.len() > LOG_LIMIT {
            self.dropped_lines = 1;
            return;
        }
        self.used += text.len() + 1;
        self.lines.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_lines_are_counted() {
        let mut log = Log::default();
        for _ in 0..100 {
            log.push(&[b'x'; 1000]);
        }
        assert_eq!(log.lines.len() + log.dropped_lines as usize, 100);
        assert!(log.lines.len() <= LOG_LIMIT / 1000);
        log.push(b"short");
        assert_ne!(log.lines.last().map(String::as_str), Some("short"));
    }

    #[test]
    fn rewritten_lines_are_bounded_again_and_what_was_dropped_stays_counted() {
        let mut log = Log::default();
        for _ in 0..100 {
            log.push(&[b'x'; 1000]);
        }
        let count = log.lines.len() + log.dropped_lines as usize;
        let grown = log.rewritten(|line| line.repeat(10));
        assert_eq!(grown.lines.len() + grown.dropped_lines as usize, count);
        let bytes: usize = grown.lines.iter().map(String::len).sum();
        assert!(bytes <= LOG_LIMIT, "{bytes}");
        assert!(grown.lines[0].len() <= LOG_LINE_LIMIT + CUT.len_utf8());
        assert!(grown.lines[0].ends_with(CUT));
    }

    #[test]
    fn a_line_of_any_bytes_is_cut_and_made_harmless() {
        let mut log = Log::default();
        log.push(&vec![0xff; 3 * LOG_LINE_LIMIT]);
        log.push(b"a\x1b[2Jb");
        assert!(log.lines[0].len() <= LOG_LINE_LIMIT + CUT.len_utf8());
        assert!(!log.lines[1].contains('\x1b'));
    }
}
