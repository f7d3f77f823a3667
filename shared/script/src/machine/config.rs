//! How the engine is set up that compiles the images and that runs them. Both read this file, since an image fits no other set-up.

use wasmtime::Config;

/// What an instance may come to need in memory, in bytes: the limit of the guest's values (32 MB) and what is around them.
pub(crate) const INSTANCE_MEMORY: usize = 48 << 20;
/// How much address space an instance reserves. Wasmtime's default is 4 GiB, which saves bounds checks (a tenth to a fifth of the
/// time) and does not start under a limit of address space.
pub(crate) const RESERVATION: usize = 64 << 20;
/// What lies behind it and is never mapped.
pub(crate) const GUARD: usize = 64 << 10;
/// How deep WebAssembly may nest on the thread's stack: far more than the interpreter's own limit, so that deep recursion is an error
/// of the script with its line, not a trap.
pub(crate) const STACK: usize = 12 << 20;

/// The set-up, for the platform of the caller; the tool that makes the images adds a target.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        // Unused, and checked against the other.
        .async_stack_size(STACK)
        .memory_reservation(RESERVATION as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(GUARD as u64)
        .memory_may_move(false)
        // Memory is put in place by `memory.rs`, not by Wasmtime.
        .memory_init_cow(false)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .generate_address_map(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .gc_support(false);
    config
}
