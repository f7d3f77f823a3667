//! What keeps the minifier from changing what a script does, or where it does it.
//!
//! The minifier puts the value of a constant where it is used, if that is the next statement, and makes one expression of statements that
//! follow each other: an error would be reported on the line of the statement before. A statement in between prevents it. It is one that no
//! minifier removes unasked, and that is removed afterwards.
//!
//! It also removes calls whose result is not used, if it believes that they do nothing. Of some built-in functions it believes that although
//! they can throw: a check that is such a call would be gone. They are called by another name, which it does not know.

mod inserted;
mod rejoined;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    inserted::{separated, with_checks},
    rejoined::rejoined,
};

/// Line and column, in UTF-16, of ascending offsets.
struct Lines<'a> {
    code: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    fn new(code: &'a str) -> Self {
        Self {
            code,
            offset: 0,
            line: 0,
            column: 0,
        }
    }

    fn place(&mut self, offset: usize) -> (u32, u32) {
        for character in self.code[self.offset..offset].chars() {
            if character == '\n' {
                (self.line, self.column) = (self.line + 1, 0);
            } else {
                self.column += u32::try_from(character.len_utf16()).unwrap_or_default();
            }
        }
        self.offset = offset;
        (self.line, self.column)
    }
}
