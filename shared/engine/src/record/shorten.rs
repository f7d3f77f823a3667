//! Shortens records for stores that charge by size.

use super::RunRecord;
use crate::confidential::redaction::CUT;

/// Maximum length of the error in a shortened record, in bytes.
const ERROR_LIMIT: usize = 1_024;

impl RunRecord {
    /// The record as JSON of at most `limit` bytes, which must be at least 2,500. If it does not fit, the error is cut,
    /// and dropped parts and log lines are removed. The first and last log lines are kept longest: they show how the
    /// run began and ended.
    pub fn to_short_json(&self, limit: usize) -> String {
        let whole = self.to_json();
        if whole.len() <= limit {
            return whole;
        }
        let mut short = self.clone();
        short.shortened = true;
        if let Some(error) = &mut short.error {
            cut(error, ERROR_LIMIT);
        }
        short.dropped.truncate(5);
        for dropped in &mut short.dropped {
            cut(&mut dropped.path, 64);
            cut(&mut dropped.reason, 64);
        }
        for line in &mut short.log {
            cut(line, 256);
        }
        loop {
            let text = short.to_json();
            if text.len() <= limit || !short.drop_something() {
                return text;
            }
        }
    }

    /// Removes the least informative part; returns false when none is left.
    fn drop_something(&mut self) -> bool {
        if self.log.is_empty() {
            return self.dropped.pop().is_some() || self.error.as_mut().is_some_and(halve);
        }
        // A quarter at a time, from the middle.
        let count = self.log.len();
        let from = count * 3 / 8;
        self.log.drain(from..from + count.div_ceil(4));
        true
    }
}

fn halve(text: &mut String) -> bool {
    let half = text.len() / 2;
    cut(text, half);
    half > 64
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push(CUT);
    }
}
