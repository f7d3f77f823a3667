//! Engine configuration, shared by the tool that compiles the images and the sandbox: an image fits no other.

use wasmtime::Config;

/// Maximum memory of an instance, in bytes: 32 MB for the guest's values, and what surrounds them.
pub(crate) const INSTANCE_MEMORY: usize = 48 << 20;
/// Address space that an instance reserves, in bytes. Wasmtime's default of 4 GiB saves bounds checks (10 to 20 % of
/// the time) but fails under a limit on address space.
pub(crate) const RESERVATION: usize = 64 << 20;
/// Unmapped address space behind the reservation.
pub(crate) const GUARD: usize = 64 << 10;
/// Maximum WebAssembly stack: far more than the interpreter's own limit, so that deep recursion is a script error with
/// a line, not a trap.
pub(crate) const STACK: usize = 12 << 20;

/// Configuration for the current platform; the tool that compiles the images adds a target.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        // Unused, but must be at least the other.
        .async_stack_size(STACK)
        .memory_reservation(RESERVATION as u64)
        .memory_reservation_for_growth(0)
        .memory_guard_size(GUARD as u64)
        .memory_may_move(false)
        // `memory.rs` places memory, not Wasmtime.
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
