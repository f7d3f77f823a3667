//! Pages of a template that are copied.

use std::ops::Range;

use super::{Content, PAGE};

/// Maximum gap between pages of one piece.
const RESIDENT_GAP: usize = 6;

/// Pages copied back into a slot after each run.
#[derive(Debug, Default)]
pub(crate) struct Resident {
    pub(super) pieces: Vec<(Range<usize>, Source)>,
    /// Pages that differ from the image.
    pub(super) own: Vec<u8>,
}

/// Source of a range of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The image, at the range's own offset.
    Image,
    /// The template's own pages, from this offset.
    Own(usize),
    Zero,
}

impl Resident {
    /// Copies these pages, and the short gaps between them.
    pub(super) fn from_memory(
        memory: &[u8],
        pages: &[usize],
        content: impl Fn(usize) -> Content,
    ) -> Self {
        let is_own = |page: &usize| content(*page) == Content::Other;
        let own: Vec<usize> = runs(pages, RESIDENT_GAP).flatten().filter(is_own).collect();
        let mut bytes = Vec::with_capacity(own.len() * PAGE);
        for page in own {
            bytes.extend_from_slice(&memory[page * PAGE..(page + 1) * PAGE]);
        }
        Self::of(pages, content, bytes)
    }

    /// As [`Self::from_memory`]. `own` are the pages that differ from the image, one after the other.
    pub(super) fn of(pages: &[usize], content: impl Fn(usize) -> Content, own: Vec<u8>) -> Self {
        let mut resident = Self {
            own,
            ..Self::default()
        };
        let mut offset = 0;
        for page in runs(pages, RESIDENT_GAP).flatten() {
            let source = match content(page) {
                Content::Zero | Content::Cleared => Source::Zero,
                Content::Image => Source::Image,
                Content::Other => {
                    offset += PAGE;
                    Source::Own(offset - PAGE)
                }
            };
            resident.push(page * PAGE..(page + 1) * PAGE, source);
        }
        resident
    }

    /// Adds a page, extending the last piece if page and source continue it.
    fn push(&mut self, page: Range<usize>, source: Source) {
        if let Some((place, first)) = self.pieces.last_mut() {
            let goes_on = match (*first, source) {
                (Source::Own(start), Source::Own(offset)) => start + place.len() == offset,
                (first, source) => first == source,
            };
            if goes_on && place.end == page.start {
                place.end = page.end;
                return;
            }
        }
        self.pieces.push((page, source));
    }

    pub(super) fn end(&self) -> usize {
        self.pieces.last().map_or(0, |(place, _)| place.end)
    }

    /// Copies what differs over a memory that holds the image.
    pub(crate) fn overlay(&self, memory: &mut [u8]) {
        for (place, source) in &self.pieces {
            let target = &mut memory[place.clone()];
            match *source {
                Source::Image => {}
                Source::Own(start) => {
                    target.copy_from_slice(&self.own[start..start + place.len()]);
                }
                Source::Zero => target.fill(0),
            }
        }
    }

    pub(crate) fn copy_to(&self, memory: &mut [u8], image: &[u8]) {
        for (place, source) in &self.pieces {
            let target = &mut memory[place.clone()];
            match *source {
                Source::Image => target.copy_from_slice(&image[place.clone()]),
                Source::Own(start) => {
                    target.copy_from_slice(&self.own[start..start + place.len()]);
                }
                Source::Zero => target.fill(0),
            }
        }
    }

    /// Ranges between the pages, up to `end`.
    pub(crate) fn gaps(&self, end: usize) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.pieces.iter().map(|(place, _)| place.end));
        let ends = self.pieces.iter().map(|(place, _)| place.start);
        starts
            .zip(ends.chain(std::iter::once(end)))
            .map(|(start, end)| start..end)
            .filter(|gap| !gap.is_empty())
    }
}

/// Joins pages into ranges, across gaps of at most `gap` pages.
pub(super) fn runs(pages: &[usize], gap: usize) -> impl Iterator<Item = Range<usize>> {
    let mut rest = pages;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let count = rest
            .windows(2)
            .position(|pair| pair[1] - pair[0] > gap + 1)
            .map_or(rest.len(), |last| last + 1);
        let run = first..rest[count - 1] + 1;
        rest = &rest[count..];
        Some(run)
    })
}
