//! The path of a value within a response.

use std::fmt;

use super::shown;

/// A dotted path with indices, formatted only when it is reported.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Effect(&'a str),
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(super) fn member(&'a self, name: &'a str) -> Self {
        Self::Member(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Effect(name) => formatter.write_str(name),
            Self::Member(parent, name) => write!(formatter, "{parent}.{}", shown(name)),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}
