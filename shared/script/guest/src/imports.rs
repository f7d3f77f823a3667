//! Everything that the guest asks of its host. A test of the script crate compares the list with the compiled guest.
//!
//! Compiled natively, for this crate's tests, the host offers only time and a log.

#[cfg(target_arch = "wasm32")]
mod host {
    #[link(wasm_import_module = "hookpoint")]
    unsafe extern "C" {
        safe fn monotonic() -> u64;
        safe fn is_over() -> u32;
        safe fn remaining() -> u64;
        fn random(pointer: *mut u8, length: usize);
        fn log(pointer: *const u8, length: usize);
        fn operate(operation: u32, pointer: *const u8, length: usize) -> usize;
        fn take_output(pointer: *mut u8);
    }

    pub(crate) fn now() -> u64 {
        monotonic()
    }

    pub(crate) fn time_is_over() -> bool {
        is_over() != 0
    }

    pub(crate) fn remaining_nanoseconds() -> u64 {
        remaining()
    }

    pub(crate) fn fill_random(bytes: &mut [u8]) {
        // SAFETY: the host writes the slice's length in bytes.
        unsafe { random(bytes.as_mut_ptr(), bytes.len()) }
    }

    pub(crate) fn write_log(line: &str) {
        // SAFETY: the host reads the text's length in bytes.
        unsafe { log(line.as_ptr(), line.len()) }
    }

    pub(crate) fn perform(operation: u32, input: &[u8]) -> Vec<u8> {
        // SAFETY: the host reads the slice, and then writes as many bytes as it returned.
        unsafe {
            let length = operate(operation, input.as_ptr(), input.len());
            let mut output = vec![0; length];
            take_output(output.as_mut_ptr());
            output
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    pub(crate) fn now() -> u64 {
        use std::{sync::OnceLock, time::Instant};
        static START: OnceLock<Instant> = OnceLock::new();
        u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn time_is_over() -> bool {
        false
    }

    pub(crate) fn remaining_nanoseconds() -> u64 {
        u64::MAX
    }

    pub(crate) fn fill_random(bytes: &mut [u8]) {
        bytes.fill(7);
    }

    pub(crate) fn write_log(line: &str) {
        eprintln!("{line}");
    }

    pub(crate) fn perform(_operation: u32, _input: &[u8]) -> Vec<u8> {
        b"\x01there is no host".to_vec()
    }
}

/// Fills the slice with secure random bytes.
pub(crate) use host::fill_random;
/// Monotonic clock, in nanoseconds.
pub(crate) use host::now;
/// Performs a native operation.
pub(crate) use host::perform;
/// Time left to the run, in nanoseconds.
pub(crate) use host::remaining_nanoseconds;
/// Whether the engine must stop; called by the interrupt handler.
pub(crate) use host::time_is_over;
/// Appends a line to the run's log; the host bounds how much it keeps.
pub(crate) use host::write_log;
