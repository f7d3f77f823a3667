//! The images of the guest, unpacked by `build.rs`, and the guest's code where it lies in this program.
//!
//! Wasmtime would copy the code, four megabytes, before its first instruction runs. Instead the pages of this program that hold it are
//! made executable: the system reads them as they are needed, and all processes share them. Where the system refuses that, the code is
//! copied.

use std::{
    ops::Range,
    ptr::NonNull,
    sync::{Arc, OnceLock},
};

use rustix::mm::{MprotectFlags, mprotect};
use wasmtime::{Config, CustomCodeMemory, Engine, Module};

use super::MachineError;

/// Aligned to the largest page of any platform.
#[repr(C, align(65536))]
struct Aligned<T: ?Sized>(T);

static ALIGNED: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/code")));

/// The compiled guest; empty where there is none for the platform.
pub(super) const CODE: &[u8] = &ALIGNED.0;

/// The memory of the initialised guest, without the zeros at its end.
pub(super) const MEMORY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/memory"));

/// Where in it the compiled built-in scripts are: runs never write them, and short ones read none.
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

/// The memory that a machine's instances begin with.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) bytes: &'static [u8],
    /// What runs seldom read and never write.
    pub(super) idle: Range<usize>,
}

impl Image {
    pub(super) const OWN: Self = Self {
        bytes: MEMORY,
        idle: BUILT_IN,
    };
}

/// Where the code of a machine comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Code<'a> {
    /// The guest, run where it lies in this program, or from a copy.
    Own,
    /// A copy of the guest.
    OwnCopied,
    /// Another guest.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the guests of the tests, and damaged ones")
    )]
    Other(&'a [u8]),
}

impl Code<'_> {
    /// The module, and an engine for it.
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
        // SAFETY: the code is part of this program: `build.rs` has compared its hash with the one that was recorded when it was made.
        // The engine refuses what was made by another version or for another set-up.
        let module = unsafe { Module::deserialize(&engine, code) }.map_err(readable)?;
        Ok((engine, module))
    }
}

/// The guest without a copy of it; `None` where the system refuses that. Wasmtime knows code by its address, so the whole process has one
/// module of it.
fn in_place(config: &Config) -> Option<(Engine, Module)> {
    static LOADED: OnceLock<Option<(Engine, Module)>> = OnceLock::new();
    let load = || -> wasmtime::Result<(Engine, Module)> {
        let mut config = config.clone();
        config.with_custom_code_memory(Some(Arc::new(InPlace)));
        let engine = Engine::new(&config)?;
        // SAFETY: as above; and it is static and never written to.
        let module = unsafe { Module::deserialize_raw(&engine, NonNull::from(CODE)) }?;
        Ok((engine, module))
    };
    LOADED.get_or_init(|| load().ok()).clone()
}

/// Makes pages of this program executable.
struct InPlace;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        rustix::param::page_size()
    }

    fn publish_executable(&self, start: *const u8, length: usize) -> wasmtime::Result<()> {
        let length = length.next_multiple_of(self.required_alignment());
        // SAFETY: the range is in `CODE`, which is aligned to pages. It stays readable, and nothing of it is ever written.
        unsafe {
            mprotect(
                start.cast_mut().cast(),
                length,
                MprotectFlags::READ | MprotectFlags::EXEC,
            )
        }?;
        Ok(())
    }

    /// It stays executable: another machine may run it.
    fn unpublish_executable(&self, _start: *const u8, _length: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}
