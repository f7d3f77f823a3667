//! One slot: address space for an instance's memory.

use std::{fs::File, io, ptr, slice, sync::Arc};

use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};

use super::super::{
    Template,
    config::{GUARD, INSTANCE_MEMORY, RESERVATION},
    pages::populate,
    template::Mapped,
};

/// Reserved address space; an instance may use the first [`INSTANCE_MEMORY`] bytes. Between runs it holds its template,
/// whole and unchanged.
#[derive(Debug)]
pub(super) struct Slot {
    address: ptr::NonNull<u8>,
    template: Option<Arc<Template>>,
}

// SAFETY: the slot owns its address space.
unsafe impl Send for Slot {}
// SAFETY: nothing is written through a shared reference.
unsafe impl Sync for Slot {}

impl Slot {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: maps new address space, at an address of the system's choice.
        let address = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                RESERVATION + GUARD,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }?;
        let address = ptr::NonNull::new(address.cast::<u8>())
            .ok_or_else(|| io::Error::other("a mapping at address zero"))?;
        Ok(Self {
            address,
            template: None,
        })
    }

    pub(super) fn address(&self) -> *mut u8 {
        self.address.as_ptr()
    }

    pub(super) fn holds(&self, template: &Arc<Template>) -> bool {
        self.template
            .as_ref()
            .is_some_and(|held| Arc::ptr_eq(held, template))
    }

    pub(super) fn place(&mut self, template: &Arc<Template>, image: &[u8]) -> io::Result<()> {
        self.template = None;
        self.map_zeros(0, INSTANCE_MEMORY)?;
        let mut end = 0;
        for Mapped { file, pieces } in template.files() {
            for (place, offset) in pieces {
                self.populate(end, place.start);
                end = end.max(place.end);
                self.map_file(file, *offset, place.start, place.len())?;
            }
        }
        self.populate(end, template.size);
        template.resident().copy_to(self.bytes_mut(), image);
        self.template = Some(Arc::clone(template));
        Ok(())
    }

    /// Changes what differs between the image, which the slot holds, and a template that [can overlay](Template::can_overlay) it.
    pub(super) fn overlay(&mut self, template: &Arc<Template>) {
        template.resident().overlay(self.bytes_mut());
        self.template = Some(Arc::clone(template));
    }

    /// Undoes a run that used the first `used` bytes: copies resident pages back and drops all others, which then show
    /// their file again, or zeros.
    pub(super) fn reset(&mut self, image: &[u8], used: usize) -> io::Result<()> {
        let Some(template) = self.template.take() else {
            return Ok(());
        };
        template.learn(&self.bytes_mut()[..used], image);
        let resident = template.resident();
        for gap in resident.gaps(INSTANCE_MEMORY) {
            self.drop_pages(gap.start, gap.end)?;
        }
        resident.copy_to(self.bytes_mut(), image);
        self.template = Some(template);
        Ok(())
    }

    /// Memory that an instance may use.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: the range stays mapped for reading and writing while the slot lives, and is borrowed with it.
        unsafe { slice::from_raw_parts_mut(self.address(), INSTANCE_MEMORY) }
    }

    /// Discards writes to a range.
    #[cfg(target_os = "linux")]
    fn drop_pages(&self, start: usize, end: usize) -> io::Result<()> {
        if start < end {
            // SAFETY: the range is the slot's own, and no instance uses it.
            unsafe {
                rustix::mm::madvise(
                    self.address().add(start).cast(),
                    end - start,
                    rustix::mm::Advice::LinuxDontNeed,
                )
            }?;
        }
        Ok(())
    }

    /// Other systems map no files, so pages that are not resident become zero.
    #[cfg(not(target_os = "linux"))]
    fn drop_pages(&self, start: usize, end: usize) -> io::Result<()> {
        if start < end {
            self.map_zeros(start, end - start)?;
        }
        Ok(())
    }

    /// Has the system back a range at once.
    pub(super) fn populate(&self, start: usize, end: usize) {
        if start < end {
            // SAFETY: the range is the slot's own, and no instance uses it.
            unsafe { populate(self.address().add(start), end - start) };
        }
    }

    fn map_zeros(&self, start: usize, length: usize) -> io::Result<()> {
        // SAFETY: the range is the slot's own, and no instance uses it.
        unsafe {
            mmap_anonymous(
                self.address().add(start).cast(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE,
            )
        }?;
        Ok(())
    }

    fn map_file(&self, file: &File, offset: usize, start: usize, length: usize) -> io::Result<()> {
        // SAFETY: the range is the slot's own, and no instance uses it. The file is anonymous and nothing changes it.
        unsafe {
            mmap(
                self.address().add(start).cast(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE | MapFlags::FIXED,
                file,
                offset as u64,
            )
        }?;
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // SAFETY: the address space is the slot's own, and no instance uses it.
        let result = unsafe { munmap(self.address().cast(), RESERVATION + GUARD) };
        debug_assert!(result.is_ok(), "a slot was not unmapped");
    }
}
