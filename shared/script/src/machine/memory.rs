//! Slots of memory for instances, and how a template comes into one.
//!
//! A slot reserves address space once and is used again and again. Between runs everything that a run wrote is dropped, whatever
//! it was. Where the system allows it, large templates are mapped copy-on-write from anonymous files; elsewhere they are copied, as small
//! ones are everywhere. Which of the two it is is tried, by mapping a file and reading it back, not asked for.

mod slot;

use std::{
    cell::Cell,
    io,
    sync::{Arc, Mutex, PoisonError},
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
    /// Mapping, if it works here: it is done once to find out.
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

/// The slots that no run uses, and what their memory starts from.
pub(super) struct Slots {
    image: &'static [u8],
    placing: Placing,
    /// What of the image is mapped for all templates.
    idle: Option<Arc<Mapped>>,
    /// The image as a template that changes nothing.
    bare: Arc<Template>,
    free: Mutex<Vec<Slot>>,
    limit: usize,
}

impl Slots {
    /// Slots of which so many are kept for the next run. The image consists of whole pages.
    pub(super) fn new(image: &Image, size: usize, placing: Placing, limit: usize) -> Self {
        let Image { bytes, idle } = image;
        let idle = match placing {
            // Without a file it is copied, which is right as well.
            Placing::Mapped => Mapped::range(bytes, idle).map(Arc::new),
            Placing::Copied => None,
        };
        Self {
            image: bytes,
            placing,
            bare: Arc::new(Template::bare(bytes, size, idle.as_ref())),
            idle,
            free: Mutex::default(),
            limit,
        }
    }

    /// The memory of an instance as a template.
    pub(super) fn template(&self, memory: &[u8]) -> Template {
        Template::of(memory, self.image, self.placing, self.idle.as_ref())
    }

    pub(super) fn placing(&self) -> Placing {
        self.placing
    }

    /// A slot with the template in place, or the image.
    pub(super) fn take(self: &Arc<Self>, template: Option<&Arc<Template>>) -> io::Result<Placed> {
        let template = template.unwrap_or(&self.bare);
        let free = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            // The one that has it in place already, else a new one, else the one that was used longest ago.
            let held = free.iter().rposition(|slot| slot.holds(template));
            let index = held.or((free.len() >= self.limit).then_some(0));
            index.map(|index| free.remove(index))
        };
        let mut slot = match free {
            Some(slot) => slot,
            None => Slot::new()?,
        };
        if !slot.holds(template) {
            slot.place(template, self.image)?;
        }
        Ok(Placed {
            slot: Some(slot),
            size: template.size,
            home: Arc::clone(self),
        })
    }

    fn put_back(&self, mut slot: Slot, used: usize) {
        // A slot that cannot be emptied is given up.
        if slot.reset(self.image, used).is_err() {
            return;
        }
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() >= self.limit {
            free.remove(0);
        }
        free.push(slot);
    }
}

/// A slot in use as an instance's memory. It goes back when the instance is dropped.
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
    /// What the next instance on this thread gets for its memory.
    static NEXT: Cell<Option<Placed>> = const { Cell::new(None) };
}

/// Makes an instance with this memory.
pub(super) fn hand_over<T>(memory: Placed, instantiate: impl FnOnce() -> T) -> T {
    NEXT.set(Some(memory));
    let instance = instantiate();
    // Goes back if the instance did not take it.
    NEXT.take();
    instance
}

/// Gives instances the memory that was put in place for them.
pub(super) struct Creator;

// SAFETY: what it returns keeps the promises of `LinearMemory`. It is not zero but holds the image: the guest's data, which Wasmtime
// would else copy.
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
                "the guest wants {minimum} bytes of {reserved:?} and {guard}, which the slot has not"
            ));
        }
        Ok(Box::new(memory))
    }
}
