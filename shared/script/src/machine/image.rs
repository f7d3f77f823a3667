//! The images of the guest, unpacked by `build.rs`.

/// The compiled guest; empty where there is none for the platform.
pub(super) const CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/code"));

/// The memory of the initialised guest, without the zeros at its end.
pub(super) const MEMORY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/memory"));
