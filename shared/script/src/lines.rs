//! The lines of a text, found once: a hostile log names thousands of places.

use std::{ops::Range, sync::OnceLock};

/// A text and where its lines end, without a byte order mark, which the sandbox does not count.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    /// The byte offsets of the line breaks, and the text's end. Found on first use: most runs name no place.
    ends: OnceLock<Vec<usize>>,
    /// How much there is before each block of the text. Found on first use too.
    blocks: OnceLock<Vec<Counted>>,
}

/// The length of a piece of text.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    characters: usize,
    /// In UTF-16.
    units: usize,
}

impl Counted {
    fn of(bytes: &[u8]) -> Self {
        let is_first = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
        let is_astral = |byte: &&u8| **byte >= 0b1111_0000;
        let characters = bytes.iter().filter(is_first).count();
        Self {
            characters,
            units: characters + bytes.iter().filter(is_astral).count(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            characters: self.characters + other.characters,
            units: self.units + other.units,
        }
    }
}

/// In bytes.
const BLOCK: usize = 256;

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            ends: OnceLock::new(),
            blocks: OnceLock::new(),
        }
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The number of lines. A text that ends with a line break has an empty last one.
    pub(crate) fn count(&self) -> usize {
        self.ends().len()
    }

    /// Where a line is, in bytes, without its line break. Lines count from 1; `None` if there is no such line.
    fn place(&self, line: u32) -> Option<Range<usize>> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let ends = self.ends();
        let end = *ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| ends[before] + 1);
        Some(start..end)
    }

    /// The length of a line in bytes; `None` if there is no such line.
    pub(crate) fn length(&self, line: u32) -> Option<usize> {
        self.place(line).map(|place| place.len())
    }

    /// The byte at a column in bytes; `None` if the line has no such character. Both are from 1.
    pub(crate) fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let place = self.place(line)?;
        let offset = place.start + usize::try_from(column).ok()?.checked_sub(1)?;
        (offset <= place.end && self.text.is_char_boundary(offset)).then_some(offset)
    }

    /// A column in bytes, as the interpreter counts, as one in characters. Both are from 1; an unknown one stays 0.
    pub(crate) fn in_characters(&self, line: u32, column: u32) -> u32 {
        self.counted(line, column, |counted| counted.characters)
    }

    /// A column in bytes as one in UTF-16, as source maps count. Both are from 1; an unknown one stays 0.
    pub(crate) fn in_units(&self, line: u32, column: u32) -> u32 {
        self.counted(line, column, |counted| counted.units)
    }

    fn counted(&self, line: u32, column: u32, length: impl Fn(Counted) -> usize) -> u32 {
        let found = || {
            let Range { start, end } = self.place(line)?;
            let offset = start + usize::try_from(column).ok()?.checked_sub(1)?;
            // What is before the line, or in it, is counted alike.
            let inside = offset.min(end);
            let counted = length(self.before(inside)) - length(self.before(start));
            u32::try_from(counted + (offset - inside) + 1).ok()
        };
        found().unwrap_or(column)
    }

    /// What is before a byte.
    fn before(&self, offset: usize) -> Counted {
        let bytes = self.text.as_bytes();
        let blocks = self.blocks.get_or_init(|| {
            let mut sum = Counted::default();
            let sums = bytes.chunks(BLOCK).map(|block| {
                let before = sum;
                sum = sum.and(Counted::of(block));
                before
            });
            sums.collect()
        });
        let index = (offset / BLOCK).min(blocks.len().saturating_sub(1));
        let before = blocks.get(index).copied().unwrap_or_default();
        before.and(Counted::of(&bytes[(index * BLOCK).min(offset)..offset]))
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
        fn columns_in_bytes_are_counted_in_characters_and_in_utf16(text in "[aé😀\n]{0,400}", line in 0_u32..9, place in 0_usize..200) {
            let lines = Lines::of(&text);
            if let Some(of_line) = (line as usize).checked_sub(1).and_then(|index| text.split('\n').nth(index)) {
                let place = place.min(of_line.chars().count());
                let before: String = of_line.chars().take(place).collect();
                let column = |length: usize| u32::try_from(length + 1).unwrap();
                prop_assert_eq!(lines.in_characters(line, column(before.len())), column(place));
                prop_assert_eq!(lines.in_units(line, column(before.len())), column(before.encode_utf16().count()));
                // Beyond the end.
                let end = of_line.chars().count();
                prop_assert_eq!(lines.in_characters(line, column(of_line.len() + 3)), column(end + 3));
                prop_assert_eq!(lines.in_characters(line, u32::MAX) == 0, false);
            } else {
                prop_assert_eq!(lines.in_characters(line, 7), 7);
            }
            prop_assert_eq!(lines.in_units(line, 0), 0);
        }

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
