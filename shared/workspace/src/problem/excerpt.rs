//! The source line of a problem, with carets below the place.

use unicode_width::UnicodeWidthChar as _;

/// Maximum number of characters that are kept of a line, around the place.
const KEPT: usize = 400;

/// A part of a source line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    kept: Vec<char>,
    /// Where the place begins in what is kept.
    start: usize,
    width: usize,
    /// Whether the line has more before and after.
    more: (bool, bool),
}

impl Excerpt {
    /// The line around a column (from 1), with `width` characters marked.
    pub(super) fn of(line: &str, column: usize, width: usize) -> Self {
        let line = line.trim_end();
        let start = column.saturating_sub(1);
        let skipped = start.saturating_sub(KEPT / 2);
        let kept = line.chars().skip(skipped).take(KEPT);
        // A tab would take more than one column, other control characters could affect the terminal.
        let kept: Vec<char> = kept
            .map(|character| match character {
                harmful if super::is_harmful(harmful) => ' ',
                character => character,
            })
            .collect();
        let is_cut = line.chars().nth(skipped + KEPT).is_some();
        Self {
            // A place beyond its line, which another program may report, is the end of it.
            start: (start - skipped).min(kept.len()),
            width,
            more: (skipped > 0, is_cut),
            kept,
        }
    }

    /// What fits into this many columns, with `…` where it was cut, and the carets to print below.
    pub(super) fn within(&self, columns: usize) -> (String, String) {
        // The place is in the second half at most, so that it shows what leads to it.
        let mut first = 0;
        if self.columns(0, self.kept.len()) > columns || self.more.0 || self.more.1 {
            while first < self.start && self.columns(first, self.start) > columns / 2 {
                first += 1;
            }
        }
        let cut_before = first > 0 || self.more.0;
        let mut line = String::new();
        if cut_before {
            line.push('…');
        }
        let mut used = usize::from(cut_before);
        let before = used + self.columns(first, self.start);
        let mut end = first;
        while end < self.kept.len() {
            let wide = columns_of(self.kept[end]);
            let is_last = end + 1 == self.kept.len() && !self.more.1;
            if used + wide + usize::from(!is_last) > columns {
                break;
            }
            line.push(self.kept[end]);
            used += wide;
            end += 1;
        }
        if end < self.kept.len() || self.more.1 {
            line.push('…');
        }
        let marked = end.max(self.start) - self.start;
        let marked = marked.min(self.width);
        let carets = self.columns(self.start, self.start + marked).max(1);
        (
            line,
            format!("{}{}", " ".repeat(before), "^".repeat(carets)),
        )
    }

    fn columns(&self, from: usize, to: usize) -> usize {
        let characters = self.kept.get(from..to.min(self.kept.len()));
        characters
            .unwrap_or_default()
            .iter()
            .map(|character| columns_of(*character))
            .sum()
    }
}

fn columns_of(character: char) -> usize {
    character.width().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands above the carets.
    fn marked(line: &str, carets: &str) -> String {
        let (mut column, mut marked) = (0, String::new());
        let carets: Vec<char> = carets.chars().collect();
        for character in line.chars() {
            if carets.get(column) == Some(&'^') {
                marked.push(character);
            }
            column += columns_of(character);
        }
        marked
    }

    #[test]
    fn carets_stay_below_the_place_in_every_width() {
        let line = format!("{}hedaers: 1{}", "a ".repeat(100), " z".repeat(300));
        for (line, column) in [
            (line.as_str(), 201),
            ("会員登録 hedaers: 1", 6),
            ("hedaers", 1),
        ] {
            let excerpt = Excerpt::of(line, column, 7);
            for columns in [20, 40, 71, 120, 1_000] {
                let (shown, carets) = excerpt.within(columns);
                assert_eq!(
                    marked(&shown, &carets),
                    "hedaers",
                    "{columns}\n{shown}\n{carets}"
                );
                let taken: usize = shown.chars().map(columns_of).sum();
                assert!(
                    taken <= columns && carets.len() <= columns,
                    "{columns}: {shown}"
                );
            }
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        let excerpt = Excerpt::of("abcdefghijklmnopqrstuvwxyz", 14, 1);
        assert_eq!(excerpt.within(26).0, "abcdefghijklmnopqrstuvwxyz");
        assert_eq!(
            excerpt.within(10),
            ("…ijklmnop…".to_owned(), "      ^".to_owned())
        );
        assert_eq!(Excerpt::of("abc", 9, 3).within(10).1, "   ^");
        assert_eq!(Excerpt::of("abcdef", 2, usize::MAX).within(4).1, " ^^");
    }
}
