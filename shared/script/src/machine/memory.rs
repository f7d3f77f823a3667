//! Slots of memory for instances, and how templates are placed in them.
//!
//! A slot reserves address space once and is reused: after a run, everything that the run wrote is dropped. Large
//! templates are mapped copy-on-write from anonymous files if the system allows it; small ones are always copied.
//! Whether mapping works is found by mapping a file and reading it back.

mod slot;

use std::{
    cell::Cell,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use self::slot::Slot;
use super::{
    Template,
    config::INSTANCE_MEMORY,
    image::Image,
    pages::{PAGE, Placing},
    template::Mapped,
};

impl Placing {
    /// Maps a file once to find out whether that works here.
    pub(crate) fn try_mapping() -> Self {
        let mapped = || -> io::Result<bool> {
            let size = 4 * PAGE;
            let Some(template) = Template::all_mapped(&vec![7; size]) else {
                return Ok(false);
            };
            let template = Arc::new(template);
            let mut slot = Slot::new()?;
            slot.place(&template, &[])?;
            let bytes = slot.bytes_mut();
            let was_mapped = bytes[PAGE] == 7 && bytes[size] == 0;
            bytes[PAGE..=size].fill(8);
            slot.reset(&[], size + PAGE)?;
            let bytes = slot.bytes_mut();
            Ok(was_mapped && bytes[PAGE] == 7 && bytes[size] == 0)
        };
        match mapped() {
            Ok(true) => Self::Mapped,
            _ => Self::Copied,
        }
    }
}

/// Bytes beyond the image that a hook of 200 KB grows into, one page fault after the other.
const GROWTH: usize = 3 << 20;

/// Unused slots, and the image that their memory starts from.
pub(super) struct Slots {
    image: &'static [u8],
    placing: Placing,
    /// Part of the image that is mapped for all templates.
    idle: Option<Arc<Mapped>>,
    /// The image itself as a template.
    bare: Arc<Template>,
    /// `None` after [`Slots::close`].
    free: Mutex<Option<Vec<Slot>>>,
    limit: usize,
}

impl Slots {
    /// Keeps at most `limit` unused slots. The image consists of whole pages.
    pub(super) fn new(image: &Image, size: usize, placing: Placing, limit: usize) -> Self {
        let Image { bytes, idle } = image;
        let idle = match placing {
            // If there is no file, it is copied.
            Placing::Mapped => Mapped::range(bytes, idle).map(Arc::new),
            Placing::Copied => None,
        };
        Self {
            image: bytes,
            placing,
            bare: Arc::new(Template::bare(bytes, size, idle.as_ref())),
            idle,
            free: Mutex::new(Some(Vec::new())),
            limit,
        }
    }

    pub(super) fn template(&self, memory: &[u8]) -> Template {
        Template::of(memory, self.image, self.placing, self.idle.as_ref())
    }

    /// What of a memory is stored; `None` if it cannot be compressed.
    pub(super) fn to_store(&self, memory: &[u8]) -> Option<Vec<u8>> {
        Template::to_store(memory, self.image)
    }

    /// Reads what [`Self::to_store`] made; `None` if it is anything else.
    pub(super) fn stored_template(&self, bytes: &[u8]) -> Option<Template> {
        Template::stored(bytes, self.image, self.bare.size, self.idle.as_ref())
    }

    pub(super) fn placing(&self) -> Placing {
        self.placing
    }

    /// Returns a slot with the template in place, or with the image.
    pub(super) fn take(self: &Arc<Self>, template: Option<&Arc<Template>>) -> io::Result<Placed> {
        let template = template.unwrap_or(&self.bare);
        let free = {
            let mut free = self.free();
            free.as_mut().and_then(|free| {
                // Prefer a slot that holds the template, then one that holds the image, then a new one, then the least recently used.
                let held = |template| free.iter().rposition(|slot: &Slot| slot.holds(template));
                let bare = || held(&self.bare).filter(|_| template.can_overlay(&self.bare));
                let index = held(template).or_else(bare);
                let index = index.or((free.len() >= self.limit).then_some(0));
                index.map(|index| free.remove(index))
            })
        };
        let mut slot = match free {
            Some(slot) => slot,
            None => Slot::new()?,
        };
        if !slot.holds(template) {
            if slot.holds(&self.bare) && template.can_overlay(&self.bare) {
                slot.overlay(template);
            } else {
                slot.place(template, self.image)?;
            }
        }
        Ok(Placed {
            slot: Some(slot),
            size: template.size,
            home: Arc::clone(self),
        })
    }

    /// Keeps a slot with the image in place. If there is no memory for it, the first instance reports why.
    pub(super) fn prepare(&self) {
        if let Ok(mut slot) = Slot::new()
            && slot.place(&self.bare, self.image).is_ok()
            && let Some(free) = self.free().as_mut()
        {
            free.push(slot);
        }
    }

    /// Has the system back memory that a large hook grows into, in a slot that is ready.
    pub(super) fn back_growth(&self) {
        if let Some(slot) = self.free().as_ref().and_then(|free| free.last()) {
            slot.populate(self.bare.size, self.bare.size + GROWTH);
        }
    }

    fn put_back(&self, mut slot: Slot, used: usize) {
        // Discard a slot that cannot be reset.
        if slot.reset(self.image, used).is_err() {
            return;
        }
        if let Some(free) = self.free().as_mut() {
            if free.len() >= self.limit {
                free.remove(0);
            }
            free.push(slot);
        }
    }

    /// Drops every unused slot, and from now on each that is put back.
    pub(super) fn close(&self) {
        *self.free() = None;
    }

    fn free(&self) -> MutexGuard<'_, Option<Vec<Slot>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A slot in use as an instance's memory. Returned to its pool on drop.
pub(super) struct Placed {
    slot: Option<Slot>,
    size: usize,
    home: Arc<Slots>,
}

impl Drop for Placed {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.home.put_back(slot, self.size);
        }
    }
}

// SAFETY: the slot's address does not change, it is as large as the reservation, and its guard is never mapped.
unsafe impl LinearMemory for Placed {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        INSTANCE_MEMORY
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > INSTANCE_MEMORY {
            return Err(wasmtime::Error::msg("an instance needs too much memory"));
        }
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.slot
            .as_ref()
            .map_or(std::ptr::null_mut(), Slot::address)
    }
}

thread_local! {
    /// Memory of the next instance on this thread.
    static NEXT: Cell<Option<Placed>> = const { Cell::new(None) };
}

/// Creates an instance with this memory.
pub(super) fn hand_over<T>(memory: Placed, instantiate: impl FnOnce() -> T) -> T {
    NEXT.set(Some(memory));
    let instance = instantiate();
    // Return the memory if the instance did not take it.
    NEXT.take();
    instance
}

/// Supplies instances with the memory placed for them.
pub(super) struct Creator;

// SAFETY: the memory keeps the promises of `LinearMemory`. It is not zero but holds the image, which Wasmtime would
// otherwise copy in.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _type: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let memory = NEXT.take().ok_or("no memory was put in place")?;
        if memory.size < minimum
            || reserved.is_some_and(|reserved| reserved > super::config::RESERVATION)
            || guard > super::config::GUARD
        {
            return Err(format!(
                "the guest needs {minimum} bytes of {reserved:?} and a guard of {guard}; the slot has less"
            ));
        }
        Ok(Box::new(memory))
    }
}
