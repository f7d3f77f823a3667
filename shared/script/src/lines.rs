//! The lines of a text, found once: a hostile log names thousands of places.

use std::sync::OnceLock;

/// A text and where its lines end, without a byte order mark, which the sandbox does not count.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The byte offsets of the line breaks, and the text's end. Found on first use: most runs name no place.
    ends: OnceLock<Vec<usize>>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            ends: OnceLock::new(),
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The number of lines. A text that ends with a line break has an empty last one.
    pub(crate) fn count(&self) -> usize {
        self.ends().len()
    }

    /// The length of a line in bytes, without its line break. Lines count from 1; `None` if there is no such line.
    pub(crate) fn length(&self, line: u32) -> Option<usize> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let ends = self.ends();
        let end = *ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| ends[before] + 1);
        Some(end - start)
    }

    fn ends(&self) -> &[usize] {
        self.ends.get_or_init(|| {
            let breaks = self.text.match_indices('\n').map(|(at, _)| at);
            breaks.chain([self.text.len()]).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_those_between_line_breaks(text in "[a\u{e9}\r\n]{0,20}", beyond in 0_u32..3) {
            let lines = Lines::of(&text);
            let expected: Vec<usize> = text.split('\n').map(str::len).collect();
            prop_assert_eq!(lines.count(), expected.len());
            let found: Vec<usize> = (1..).map_while(|line| lines.length(line)).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(lines.length(0), None);
            prop_assert_eq!(lines.length(u32::MAX - beyond), None);
        }
    }
}
