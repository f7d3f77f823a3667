//! The memory of a prepared hook, as it is stored with a version.
//!
//! ```text
//! size of the memory, in pages of WebAssembly
//! number of ranges
//! first page and number of pages of each range, in ascending order
//! the pages, each as its difference from the image's, compressed
//! ```
//! Numbers have 32 bits, the lowest first. Forged memory can do no more than a script: the guest's memory is the guest's own.

use std::ops::Range;

use zstd::bulk::Decompressor;

use super::{Content, INSTANCE_MEMORY, PAGE, WASM_PAGE, content_of, runs};
use crate::machine::pages::populate;

/// Each level above takes twice as long, for a hundredth of the size.
const LEVEL: i32 = 10;
const NUMBER: usize = 4;

/// What a memory holds that the image does not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Size of the memory, in bytes.
    pub(super) size: usize,
    /// Ranges of pages.
    pub(super) ranges: Vec<Range<usize>>,
    /// The pages of the ranges, one after the other.
    pub(super) pages: Vec<u8>,
}

impl Stored {
    pub(super) fn of(memory: &[u8], image: &[u8]) -> Self {
        let numbers = 0..memory.len() / PAGE;
        let numbers: Vec<usize> = numbers
            .filter(|page| match content_of(memory, image, *page) {
                Content::Image | Content::Zero => false,
                Content::Cleared | Content::Other => true,
            })
            .collect();
        let ranges: Vec<_> = runs(&numbers, 0).collect();
        let mut pages = Vec::with_capacity(numbers.len() * PAGE);
        for range in &ranges {
            pages.extend_from_slice(&memory[range.start * PAGE..range.end * PAGE]);
        }
        Self {
            size: memory.len(),
            ranges,
            pages,
        }
    }

    /// The stored form; `None` if it cannot be compressed.
    pub(super) fn into_bytes(mut self, image: &[u8]) -> Option<Vec<u8>> {
        self.subtract(image);
        let mut bytes = Vec::new();
        let mut number = |number: usize| {
            bytes.extend_from_slice(&u32::try_from(number).ok()?.to_le_bytes());
            Some(())
        };
        number(self.size / WASM_PAGE)?;
        number(self.ranges.len())?;
        for range in &self.ranges {
            number(range.start)?;
            number(range.len())?;
        }
        bytes.extend(zstd::bulk::compress(&self.pages, LEVEL).ok()?);
        Some(bytes)
    }

    /// Reads the stored form; `None` if it is anything else.
    pub(super) fn from_bytes(bytes: &[u8], image: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut number = || {
            let (number, after) = rest.split_first_chunk::<NUMBER>()?;
            rest = after;
            usize::try_from(u32::from_le_bytes(*number)).ok()
        };
        let size = number()?.checked_mul(WASM_PAGE)?;
        if size > INSTANCE_MEMORY || size < image.len() {
            return None;
        }
        let count = number()?;
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut total = 0;
        for _ in 0..count {
            let (start, length) = (number()?, number()?);
            let end = start.checked_add(length)?;
            let is_next = ranges.last().is_none_or(|last| last.end < start);
            if length == 0 || end > size / PAGE || !is_next {
                return None;
            }
            total += length;
            ranges.push(start..end);
        }
        let mut pages = Vec::with_capacity(total * PAGE);
        // SAFETY: it is the vector's memory.
        unsafe { populate(pages.as_mut_ptr(), pages.capacity()) };
        let length = Decompressor::new()
            .and_then(|mut all| all.decompress_to_buffer(rest, &mut pages))
            .ok()?;
        if length != total * PAGE || length != pages.len() {
            return None;
        }
        let mut stored = Self {
            size,
            ranges,
            pages,
        };
        stored.subtract(image);
        Some(stored)
    }

    /// Makes pages their differences from the image's, and the reverse.
    fn subtract(&mut self, image: &[u8]) {
        let mut rest = &mut self.pages[..];
        for range in &self.ranges {
            let (own, after) = rest.split_at_mut(range.len() * PAGE);
            rest = after;
            let known = image.get(range.start * PAGE..).unwrap_or_default();
            let (own, _) = own.as_chunks_mut::<8>();
            let (known, _) = known.as_chunks::<8>();
            for (own, known) in own.iter_mut().zip(known) {
                *own = (u64::from_ne_bytes(*own) ^ u64::from_ne_bytes(*known)).to_ne_bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two pages, less than a page of WebAssembly.
    const IMAGE: [u8; 2 * PAGE] = [7; 2 * PAGE];

    fn memory() -> Vec<u8> {
        let mut memory = vec![0; 2 * WASM_PAGE];
        memory[..IMAGE.len()].copy_from_slice(&IMAGE);
        memory[..PAGE].fill(0);
        memory[PAGE + 1] = 8;
        memory[9 * PAGE] = 1;
        memory[2 * WASM_PAGE - 1] = 2;
        memory
    }

    #[test]
    fn what_differs_comes_back() {
        let stored = Stored::of(&memory(), &IMAGE);
        assert_eq!(stored.ranges, [0..2, 9..10, 31..32]);
        let bytes = stored.into_bytes(&IMAGE).unwrap();
        assert!(bytes.len() < 200, "{}", bytes.len());
        let read = Stored::from_bytes(&bytes, &IMAGE);
        assert_eq!(read, Some(Stored::of(&memory(), &IMAGE)));
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        let pages = zstd::bulk::compress(&[0; PAGE], 1).unwrap();
        let parse = |numbers: &[u32]| {
            let mut bytes: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
            bytes.extend_from_slice(&pages);
            Stored::from_bytes(&bytes, &IMAGE)
        };
        assert!(parse(&[2, 1, 9, 1]).is_some());
        let most = u32::try_from(INSTANCE_MEMORY / WASM_PAGE).unwrap();
        assert!(parse(&[most, 1, 9, 1]).is_some());
        for numbers in [
            &[0, 1, 9, 1][..],
            &[most + 1, 1, 9, 1],
            &[u32::MAX, 1, 9, 1],
            &[2, 1, 32, 1],
            &[2, 1, u32::MAX, u32::MAX],
            &[2, 1, 9, 0],
            &[2, 1, 9, 2],
            &[2, 2, 9, 1, 9, 1],
            &[2, 2, 9, 1, 8, 1],
            &[2, u32::MAX, 9, 1],
            &[2],
        ] {
            assert_eq!(parse(numbers), None, "{numbers:?}");
        }
    }

    #[test]
    fn more_than_it_says_is_not_unpacked() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
        let numbers = [2_u32, 1, 9, 1];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
        bytes.extend(bomb);
        assert_eq!(Stored::from_bytes(&bytes, &IMAGE), None);
    }

    proptest! {
        #[test]
        fn damage_is_refused_or_stays_within_the_memory(
            place in any::<prop::sample::Index>(),
            bit in 0..8_u32,
            end in any::<prop::sample::Index>(),
        ) {
            let bytes = Stored::of(&memory(), &IMAGE).into_bytes(&IMAGE).unwrap();
            prop_assert_eq!(Stored::from_bytes(&bytes[..end.index(bytes.len())], &IMAGE), None);
            let mut damaged = bytes.clone();
            damaged[place.index(bytes.len())] ^= 1 << bit;
            if let Some(read) = Stored::from_bytes(&damaged, &IMAGE) {
                let total: usize = read.ranges.iter().map(Range::len).sum();
                prop_assert_eq!(total * PAGE, read.pages.len());
                prop_assert!(read.ranges.iter().all(|range| range.end * PAGE <= read.size));
                prop_assert!(read.size <= INSTANCE_MEMORY);
            }
        }
    }
}
