//! The memory of a hook that is ready to run.
//!
//! It differs from the image in a few pages, or in thousands for a large bundle. Many pages are a file that is mapped copy-on-write.
//! The others, and those that runs were seen to write, stay *resident* in a slot: they are copied back after each run, which costs a
//! tenth of what faults on them would cost in the next.

use std::{
    fs::File,
    ops::Range,
    os::unix::fs::FileExt as _,
    sync::{Arc, Mutex, PoisonError},
};

use super::memory::{PAGE, Placing, anonymous_file};

/// From so many pages on, what differs from the image is mapped rather than copied.
const MAPPED_FROM: usize = 64;
/// More pieces than this are copied after all: each costs a system call.
const MAPPED_PIECES: usize = 64;
/// Pages between two pieces that are taken along: copying a few costs less than a system call that interrupts other processors.
const MAPPED_GAP: usize = 16;
const RESIDENT_GAP: usize = 32;
/// From so many runs is learned which pages they write.
const LESSONS: u32 = 2;
/// The most pages that are resident because they were written.
const LEARNED_LIMIT: usize = 256;

/// What makes an instance's memory that of a prepared hook.
#[derive(Debug)]
pub(crate) struct Template {
    /// How large the memory is, in bytes.
    pub(super) size: usize,
    /// What is mapped, and where.
    pub(super) file: Option<File>,
    pub(super) pieces: Vec<Piece>,
    resident: Mutex<Learning>,
}

/// A range of the memory and where its bytes are.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Where in the memory.
    pub(super) place: Range<usize>,
    /// Where in the bytes.
    pub(super) offset: usize,
}

/// Pages that stay in a slot and are copied back into it.
#[derive(Debug, Default)]
pub(super) struct Resident {
    pub(super) pieces: Vec<Piece>,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug)]
struct Learning {
    resident: Arc<Resident>,
    lessons: u32,
}

impl Template {
    /// What of a memory differs from the image.
    pub(crate) fn of(memory: &[u8], image: &[u8], placing: Placing) -> Self {
        let differing: Vec<usize> = match placing {
            Placing::Mapped => pages(memory, |start, page| !is_as_in(image, start, page)),
            // What is not copied is zero there.
            Placing::Copied => pages(memory, |_, page| page.iter().any(|byte| *byte != 0)),
        };
        let mut template = Self {
            size: memory.len(),
            file: None,
            pieces: Vec::new(),
            resident: Mutex::new(Learning {
                resident: Arc::default(),
                lessons: 0,
            }),
        };
        if placing == Placing::Mapped && differing.len() >= MAPPED_FROM {
            let mapped = Resident::of(memory, &differing, MAPPED_GAP);
            // Without a file they are copied, which is right as well.
            if mapped.pieces.len() <= MAPPED_PIECES
                && let Ok(file) = anonymous_file(&mapped.bytes)
            {
                template.file = Some(file);
                template.pieces = mapped.pieces;
                return template;
            }
        }
        template.set_resident(Resident::of(memory, &differing, RESIDENT_GAP), 0);
        template
    }

    /// The pages that are copied.
    pub(super) fn resident(&self) -> Arc<Resident> {
        Arc::clone(&self.learning().resident)
    }

    /// How much it holds, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let mapped: usize = self.pieces.iter().map(|piece| piece.place.len()).sum();
        mapped + self.learning().resident.bytes.len()
    }

    /// Learns from a memory as a run left it which pages runs write.
    pub(super) fn learn(&self, left: &[u8], image: &[u8]) {
        let (resident, lessons) = {
            let learning = self.learning();
            (Arc::clone(&learning.resident), learning.lessons)
        };
        if lessons >= LESSONS {
            return;
        }
        let Ok(content) = self.content(&resident, image) else {
            return;
        };
        let mut wanted = pages(&left[..self.size], |start, page| {
            page != &content[start..start + page.len()]
        });
        wanted.truncate(LEARNED_LIMIT);
        for piece in &resident.pieces {
            wanted.extend(piece.place.start / PAGE..piece.place.end / PAGE);
        }
        wanted.sort_unstable();
        wanted.dedup();
        self.set_resident(Resident::of(&content, &wanted, RESIDENT_GAP), lessons + 1);
    }

    /// The memory, whole.
    fn content(&self, resident: &Resident, image: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut content = vec![0; self.size];
        // Where memory is copied, the resident pages are all there is, and no more is learned than what the image has.
        content[..image.len()].copy_from_slice(image);
        if let Some(file) = &self.file {
            for piece in &self.pieces {
                file.read_exact_at(&mut content[piece.place.clone()], piece.offset as u64)?;
            }
        }
        for piece in &resident.pieces {
            let bytes = &resident.bytes[piece.offset..piece.offset + piece.place.len()];
            content[piece.place.clone()].copy_from_slice(bytes);
        }
        Ok(content)
    }

    fn set_resident(&self, resident: Resident, lessons: u32) {
        let mut learning = self.learning();
        if lessons >= learning.lessons {
            learning.resident = Arc::new(resident);
            learning.lessons = lessons;
        }
    }

    fn learning(&self) -> std::sync::MutexGuard<'_, Learning> {
        self.resident.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resident {
    /// These pages of a memory, in pieces that have gaps of more than so many pages between them.
    fn of(memory: &[u8], pages: &[usize], gap: usize) -> Self {
        let mut resident = Self::default();
        let mut rest = pages;
        while let Some(first) = rest.first() {
            let count = rest
                .windows(2)
                .position(|pair| pair[1] - pair[0] > gap + 1)
                .map_or(rest.len(), |last| last + 1);
            let place = first * PAGE..(rest[count - 1] + 1) * PAGE;
            resident.pieces.push(Piece {
                place: place.clone(),
                offset: resident.bytes.len(),
            });
            resident.bytes.extend_from_slice(&memory[place]);
            rest = &rest[count..];
        }
        resident
    }
}

/// The numbers of the pages for which something holds.
fn pages(memory: &[u8], holds: impl Fn(usize, &[u8]) -> bool) -> Vec<usize> {
    memory
        .chunks(PAGE)
        .enumerate()
        .filter(|(index, page)| holds(index * PAGE, page))
        .map(|(index, _)| index)
        .collect()
}

/// Whether a page is what the image has there; beyond its end there are zeros.
fn is_as_in(image: &[u8], start: usize, page: &[u8]) -> bool {
    let known = image.get(start..).unwrap_or_default();
    let known = &known[..known.len().min(page.len())];
    page[..known.len()] == *known && page[known.len()..].iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pieces: &[Piece]) -> Vec<Range<usize>> {
        pieces
            .iter()
            .map(|piece| piece.place.start / PAGE..piece.place.end / PAGE)
            .collect()
    }

    #[test]
    fn only_pages_that_differ_are_kept() {
        let image = vec![1; 4 * PAGE + 100];
        let mut memory = image.clone();
        memory.resize(40 * PAGE, 0);
        let same = Template::of(&memory, &image, Placing::Mapped);
        assert!(same.resident().pieces.is_empty());
        memory[PAGE] = 2;
        memory[39 * PAGE + 7] = 3;
        let template = Template::of(&memory, &image, Placing::Mapped);
        let resident = template.resident();
        assert_eq!(places(&resident.pieces), [1..2, 39..40]);
        assert_eq!(template.weight(), 2 * PAGE);
        assert_eq!((resident.bytes[0], resident.bytes[PAGE + 7]), (2, 3));
        let copied = Template::of(&memory, &image, Placing::Copied).resident();
        assert_eq!(places(&copied.pieces), [0..5, 39..40]);
    }

    #[test]
    fn what_runs_write_is_learned_and_kept_as_the_template_has_it() {
        let image = vec![1; 64 * PAGE];
        let mut memory = image.clone();
        memory[5 * PAGE] = 2;
        let template = Template::of(&memory, &image, Placing::Mapped);
        let mut left = memory.clone();
        left[60 * PAGE] = 9;
        left[7 * PAGE] = 9;
        for _ in 0..=LESSONS {
            template.learn(&left, &image);
            left[20 * PAGE] = 9;
        }
        let resident = template.resident();
        assert_eq!(places(&resident.pieces), [5..21, 60..61]);
        assert!(!resident.bytes.contains(&9));
        assert_eq!(resident.bytes[0], 2);
    }

    #[test]
    fn many_pages_are_a_file() {
        let memory = vec![3; 200 * PAGE];
        let template = Template::of(&memory, &[], Placing::Mapped);
        assert!(template.file.is_some());
        assert!(matches!(
            places(&template.pieces)[..],
            [Range { start: 0, end: 200 }]
        ));
        assert_eq!(template.weight(), 200 * PAGE);
        assert_eq!(template.content(&Resident::default(), &[]).unwrap(), memory);
    }
}
