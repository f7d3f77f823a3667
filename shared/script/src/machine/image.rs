//! The guest's images, unpacked by `build.rs`, and its code, run in place in this program.
//!
//! Wasmtime would copy the code (4 MB) before running it. Instead, the pages of this program that hold it are made
//! executable: the system reads them on demand, and all processes share them. If the system refuses that, it is copied.

use std::{
    ops::Range,
    ptr::NonNull,
    sync::{Arc, OnceLock},
};

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::{Config, CustomCodeMemory, Engine, Module};

use super::MachineError;

/// Aligned to the largest page size of any platform.
#[repr(C, align(65536))]
struct Aligned<T: ?Sized>(T);

static ALIGNED: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/code")));

/// The compiled guest; empty for unsupported platforms.
pub(super) const CODE: &[u8] = &ALIGNED.0;

/// The initialised guest's memory, without trailing zeros.
pub(super) const MEMORY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/memory"));

/// Where [`MEMORY`] holds the compiled built-in scripts. Runs never write them, and short runs never read them.
pub(super) const BUILT_IN: Range<usize> = Range {
    start: place(env!("HOOKPOINT_SCRIPT_BUILT_IN_START")),
    end: place(env!("HOOKPOINT_SCRIPT_BUILT_IN_END")),
};

const fn place(text: &str) -> usize {
    match usize::from_str_radix(text, 10) {
        Ok(place) => place,
        Err(_) => panic!("`build.rs` has written no number"),
    }
}

/// Initial memory of a machine's instances.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) bytes: &'static [u8],
    /// Range that runs seldom read and never write.
    pub(super) idle: Range<usize>,
}

impl Image {
    pub(super) const OWN: Self = Self {
        bytes: MEMORY,
        idle: BUILT_IN,
    };
}

/// A machine's code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Code<'a> {
    /// The guest, run in place, or copied if that fails.
    Own,
    /// The guest, copied.
    OwnCopied,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the guests of the tests, and damaged ones")
    )]
    Other(&'a [u8]),
}

impl Code<'_> {
    /// Returns an engine and the module loaded into it.
    pub(super) fn load(self, config: &Config) -> Result<(Engine, Module), MachineError> {
        if let Self::Own = self
            && let Some(loaded) = in_place(config)
        {
            return Ok(loaded);
        }
        let code = match self {
            Self::Own | Self::OwnCopied => CODE,
            Self::Other(code) => code,
        };
        if code.is_empty() {
            return Err(MachineError::NoImage);
        }
        let readable = |error: wasmtime::Error| MachineError::Image(format!("{error:#}"));
        let engine = Engine::new(config).map_err(readable)?;
        // SAFETY: the code is part of this program, and `build.rs` has checked its recorded hash. The engine refuses
        // code of another version or configuration.
        let module = unsafe { Module::deserialize(&engine, code) }.map_err(readable)?;
        Ok((engine, module))
    }
}

/// Loads the guest in place, once per process, because Wasmtime identifies code by its address. Returns `None` if the
/// system refuses.
fn in_place(config: &Config) -> Option<(Engine, Module)> {
    static LOADED: OnceLock<Option<(Engine, Module)>> = OnceLock::new();
    let load = || -> wasmtime::Result<(Engine, Module)> {
        let mut config = config.clone();
        config.with_custom_code_memory(Some(Arc::new(InPlace)));
        let engine = Engine::new(&config)?;
        // SAFETY: as in `load`; the code is static and never written to.
        let module = unsafe { Module::deserialize_raw(&engine, NonNull::from(CODE)) }?;
        Ok((engine, module))
    };
    LOADED.get_or_init(|| load().ok()).clone()
}

/// Makes the code's pages executable.
struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        let length = length.next_multiple_of(self.required_alignment());
        // SAFETY: the range is in `CODE`, which is page-aligned. It stays readable and is never written to.
        unsafe {
            mprotect(
                start.cast_mut().cast(),
                length,
                MprotectFlags::READ | MprotectFlags::EXEC,
            )
        }?;
        Ok(())
    }

    /// Does nothing: another machine may still run the code.
    fn unpublish_executable(&self, _start: *const u8, _length: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}
