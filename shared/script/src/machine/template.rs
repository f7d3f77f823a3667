//! The memory of a prepared hook.
//!
//! A template holds the pages that differ from the image: dozens for a small hook, thousands for a large bundle.
//! Thousands are mapped copy-on-write from a file; fewer are *resident* in a slot and copied back after each run. A
//! page fault costs as much as copying ten pages or more, so pages that runs write are learned and copied back too.

mod resident;
mod stored;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use self::{
    resident::{Resident, runs},
    stored::Stored,
};
use super::{
    config::INSTANCE_MEMORY,
    pages::{PAGE, Placing, anonymous_file},
};

/// Pages (6 MB) from which a template is mapped instead of copied: a run then touches few of them.
const MAPPED_FROM: usize = 1536;
/// With more pieces than this, pages are copied after all: each piece costs a system call.
const MAPPED_PIECES: usize = 64;
/// Maximum gap between pages of one piece. Copying a few more costs less than a system call that interrupts other
/// processors.
const MAPPED_GAP: usize = 16;
/// Number of runs from which to learn which pages runs write.
const LESSONS: u32 = 2;
/// Maximum pages learned per run.
const LEARNED_LIMIT: usize = 256;

/// WebAssembly's page size.
pub(super) const WASM_PAGE: usize = 64 << 10;

/// Turns an instance's memory into that of a prepared hook.
#[derive(Debug)]
pub(crate) struct Template {
    /// Size of the memory, in bytes.
    pub(super) size: usize,
    /// Mapped pages of the image, shared by all templates.
    idle: Option<Arc<Mapped>>,
    /// Mapped pages of this template.
    mapped: Option<Mapped>,
    resident: Mutex<Learning>,
    /// Times that it was made anew with more built-in modules.
    lessons: AtomicU32,
}

/// Pages mapped from a file.
#[derive(Debug)]
pub(crate) struct Mapped {
    pub(super) file: File,
    /// Range in the memory, and offset in the file.
    pub(super) pieces: Vec<(Range<usize>, usize)>,
}

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// Zeros, as in the image or beyond it.
    Zero,
    /// Zeros where the image has something else.
    Cleared,
    /// What the image holds there.
    Image,
    Other,
}

#[derive(Debug, Default)]
struct Learning {
    resident: Arc<Resident>,
    lessons: u32,
}

impl Template {
    /// Captures how a memory differs from the image.
    pub(crate) fn of(
        memory: &[u8],
        image: &[u8],
        placing: Placing,
        idle: Option<&Arc<Mapped>>,
    ) -> Self {
        // Compared once: a cold function waits for it.
        let contents = contents(memory, image);
        let own = numbers(&contents, |_, content| content == Content::Other);
        let mapped = match placing {
            // If there is no file, they are copied.
            Placing::Mapped if own.len() >= MAPPED_FROM => Mapped::of(memory, &own),
            Placing::Mapped | Placing::Copied => None,
        };
        let is_as_mapped = |idle: &&Arc<Mapped>| {
            let mut places = idle.pieces.iter().map(|(place, _)| place.clone());
            places.all(|place| {
                let known = contents.get(place.start / PAGE..place.end / PAGE);
                let is_known = known
                    .is_some_and(|known| known.iter().all(|content| *content == Content::Image));
                // Pages of zeros may be the same, too.
                is_known || memory.get(place.clone()) == image.get(place)
            })
        };
        Self::with(memory, &contents, idle.filter(is_as_mapped), mapped)
    }

    /// What of a memory is stored with a hook's version, for [`Self::stored`] of the same image; `None` if it cannot be compressed.
    pub(super) fn to_store(memory: &[u8], image: &[u8]) -> Option<Vec<u8>> {
        Stored::of(memory, image).into_bytes(image)
    }

    /// Reads a stored memory; `None` if it is none. A memory needs at least `minimum` bytes.
    pub(super) fn stored(
        bytes: &[u8],
        image: &[u8],
        minimum: usize,
        idle: Option<&Arc<Mapped>>,
    ) -> Option<Self> {
        let stored = Stored::from_bytes(bytes, image).filter(|stored| stored.size >= minimum)?;
        let mut contents = vec![Content::Zero; stored.size / PAGE];
        for (content, page) in contents.iter_mut().zip(image.chunks(PAGE)) {
            if !is_zero(page) {
                *content = Content::Image;
            }
        }
        for range in &stored.ranges {
            contents[range.clone()].fill(Content::Other);
        }
        let is_as_mapped = |idle: &&Arc<Mapped>| {
            let mut places = idle.pieces.iter().map(|(place, _)| place);
            places.all(|place| {
                let known = contents.get(place.start / PAGE..place.end / PAGE);
                known.is_some_and(|known| !known.contains(&Content::Other))
            })
        };
        let idle = idle.filter(is_as_mapped);
        let template = Self::bare_of(stored.size, idle, None);
        let resident = template.resident_pages(&contents);
        let resident = Resident::of(&resident, |page| contents[page], stored.pages);
        template.learning().resident = Arc::new(resident);
        Some(template)
    }

    /// The unchanged image, in a memory of this size.
    pub(super) fn bare(image: &[u8], size: usize, idle: Option<&Arc<Mapped>>) -> Self {
        let mut template = Self::with(image, &contents(image, image), idle, None);
        template.size = size.max(image.len().next_multiple_of(WASM_PAGE));
        template
    }

    fn with(
        memory: &[u8],
        contents: &[Content],
        idle: Option<&Arc<Mapped>>,
        mapped: Option<Mapped>,
    ) -> Self {
        let template = Self::bare_of(memory.len(), idle, mapped);
        let resident = template.resident_pages(contents);
        let resident = Resident::from_memory(memory, &resident, |page| contents[page]);
        template.learning().resident = Arc::new(resident);
        template
    }

    /// One without resident pages.
    fn bare_of(size: usize, idle: Option<&Arc<Mapped>>, mapped: Option<Mapped>) -> Self {
        Self {
            size,
            idle: idle.cloned(),
            mapped,
            resident: Mutex::default(),
            lessons: AtomicU32::new(0),
        }
    }

    /// The pages that are not mapped and not zero.
    fn resident_pages(&self, contents: &[Content]) -> Vec<usize> {
        numbers(contents, |page, content| {
            content != Content::Zero && !self.files().any(|mapped| mapped.covers(page * PAGE))
        })
    }

    /// Whether a memory that holds `other` becomes this one by [`Resident::overlay`].
    pub(super) fn can_overlay(&self, other: &Self) -> bool {
        let same = |left: &Arc<Mapped>, right: &Arc<Mapped>| Arc::ptr_eq(left, right);
        let has_same_files = match (&self.idle, &other.idle) {
            (Some(left), Some(right)) => same(left, right),
            (None, None) => true,
            _ => false,
        };
        has_same_files && self.mapped.is_none() && other.mapped.is_none()
    }

    /// The files, in the order in which to map them.
    pub(super) fn files(&self) -> impl Iterator<Item = &Mapped> {
        self.idle.as_deref().into_iter().chain(&self.mapped)
    }

    /// Maps every page that is not zero, however few; `None` if mapping fails.
    pub(super) fn all_mapped(memory: &[u8]) -> Option<Self> {
        let contents = contents(memory, &[]);
        let all = numbers(&contents, |_, content| content != Content::Zero);
        let mapped = Mapped::of(memory, &all)?;
        Some(Self::with(memory, &contents, None, Some(mapped)))
    }

    pub(super) fn resident(&self) -> Arc<Resident> {
        Arc::clone(&self.learning().resident)
    }

    /// Bytes that it holds besides the image.
    pub(crate) fn weight(&self) -> usize {
        let mapped: usize = self
            .mapped
            .iter()
            .flat_map(|mapped| &mapped.pieces)
            .map(|(place, _)| place.len())
            .sum();
        mapped + self.learning().resident.own.len()
    }

    /// Times that the hook's template was made anew with more built-in modules.
    pub(crate) fn lessons(&self) -> u32 {
        self.lessons.load(Ordering::Relaxed)
    }

    pub(crate) fn set_lessons(&self, lessons: u32) {
        self.lessons.store(lessons, Ordering::Relaxed);
    }

    /// Learns from the memory that a run left which pages runs write.
    pub(super) fn learn(&self, left: &[u8], image: &[u8]) {
        let (resident, lessons) = {
            let learning = self.learning();
            (Arc::clone(&learning.resident), learning.lessons)
        };
        if lessons >= LESSONS || left.len() < self.size {
            return;
        }
        let Ok(content) = self.content(&resident, image, left.len()) else {
            return;
        };
        let written = left.chunks(PAGE).zip(content.chunks(PAGE)).enumerate();
        let written = written.filter(|(_, (left, content))| left != content);
        let mut wanted: Vec<usize> = written.map(|(page, _)| page).take(LEARNED_LIMIT).collect();
        for (place, _) in &resident.pieces {
            wanted.extend(place.start / PAGE..place.end / PAGE);
        }
        wanted.sort_unstable();
        wanted.dedup();
        let content_of = |page| content_of(&content, image, page);
        let learned = Arc::new(Resident::from_memory(&content, &wanted, content_of));
        let mut learning = self.learning();
        if learning.lessons == lessons {
            learning.resident = learned;
            learning.lessons += 1;
        }
    }

    /// The memory as a run finds it: `length` bytes, or more if resident pages lie beyond, since earlier runs may have
    /// grown theirs further.
    fn content(&self, resident: &Resident, image: &[u8], length: usize) -> io::Result<Vec<u8>> {
        let mut content = vec![0; length.max(resident.end())];
        for Mapped { file, pieces } in self.files() {
            for (place, offset) in pieces {
                file.read_exact_at(&mut content[place.clone()], *offset as u64)?;
            }
        }
        resident.copy_to(&mut content, image);
        Ok(content)
    }

    fn learning(&self) -> MutexGuard<'_, Learning> {
        self.resident.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mapped {
    /// Maps the whole pages of a range; `None` if there are none, or no anonymous files.
    pub(super) fn range(memory: &[u8], range: &Range<usize>) -> Option<Self> {
        let place = range.start.next_multiple_of(PAGE)..range.end / PAGE * PAGE;
        let bytes = memory
            .get(place.clone())
            .filter(|bytes| !bytes.is_empty())?;
        let file = anonymous_file([bytes]).ok()?;
        let pieces = vec![(place, 0)];
        Some(Self { file, pieces })
    }

    /// Maps these pages; `None` if they are too scattered, or there are no anonymous files.
    fn of(memory: &[u8], pages: &[usize]) -> Option<Self> {
        let mut length = 0;
        let mut pieces = Vec::new();
        for run in runs(pages, MAPPED_GAP) {
            let place = run.start * PAGE..run.end * PAGE;
            pieces.push((place.clone(), length));
            length += place.len();
        }
        if pieces.len() > MAPPED_PIECES {
            return None;
        }
        let parts = pieces.iter().map(|(place, _)| &memory[place.clone()]);
        let file = anonymous_file(parts).ok()?;
        Some(Self { file, pieces })
    }

    fn covers(&self, place: usize) -> bool {
        self.pieces.iter().any(|(range, _)| range.contains(&place))
    }
}

/// What each page holds.
fn contents(memory: &[u8], image: &[u8]) -> Vec<Content> {
    let pages = 0..memory.len().div_ceil(PAGE);
    pages.map(|page| content_of(memory, image, page)).collect()
}

fn content_of(memory: &[u8], image: &[u8], page: usize) -> Content {
    let place = page * PAGE..((page + 1) * PAGE).min(memory.len());
    let bytes = &memory[place.clone()];
    if is_zero(bytes) {
        match image.get(place) {
            Some(known) if !is_zero(known) => Content::Cleared,
            _ => Content::Zero,
        }
    } else if image.get(place) == Some(bytes) {
        Content::Image
    } else {
        Content::Other
    }
}

/// Numbers of the pages for which `holds` returns `true`.
fn numbers(contents: &[Content], holds: impl Fn(usize, Content) -> bool) -> Vec<usize> {
    let pages = contents.iter().enumerate();
    pages
        .filter(|(page, content)| holds(*page, **content))
        .map(|(page, _)| page)
        .collect()
}

fn is_zero(bytes: &[u8]) -> bool {
    // Several times as fast as a loop over bytes in builds optimised for size.
    const ZEROS: &[u8] = &[0; PAGE];
    bytes.chunks(PAGE).all(|part| *part == ZEROS[..part.len()])
}
