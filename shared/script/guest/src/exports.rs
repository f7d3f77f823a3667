//! Functions that the host calls. Messages pass through buffers that the guest owns.

use std::cell::{Cell, RefCell};

use crate::{Guest, interpreter::Interpreter};

struct Instance {
    guest: Guest,
    input: Vec<u8>,
    output: Vec<u8>,
}

thread_local! {
    static INSTANCE: RefCell<Option<Instance>> = const { RefCell::new(None) };
}

/// Logs why the image cannot be made, and traps.
fn give_up(message: &str) -> ! {
    crate::imports::write_log(message);
    core::arch::wasm32::unreachable();
}

/// Compiles the built-in scripts; returns address and length of the input of [`initialise`]. Called in a separate
/// instance, so that memory left over from compiling is not part of the image.
#[unsafe(no_mangle)]
extern "C" fn prepare() -> u64 {
    match Interpreter::compile_built_ins() {
        Ok(compiled) => {
            let compiled = compiled.leak();
            ((compiled.as_ptr() as u64) << 32) | compiled.len() as u64
        }
        Err(message) => give_up(&message),
    }
}

thread_local! {
    static PREPARED: Cell<&'static mut [u8]> = Cell::new(&mut []);
}

/// Returns where to write `length` bytes that another instance prepared.
#[unsafe(no_mangle)]
extern "C" fn prepared(length: usize) -> *mut u8 {
    let place = vec![0; length].leak();
    let address = place.as_mut_ptr();
    PREPARED.set(place);
    address
}

/// Creates the interpreter. Called once, when the image is made.
#[unsafe(no_mangle)]
extern "C" fn initialise() {
    let guest = Guest::of(PREPARED.take()).unwrap_or_else(|message| give_up(&message));
    // SAFETY: this is the only thread, and an image has one guest.
    unsafe { crate::host::modules::wipe_sources() };
    INSTANCE.set(Some(Instance {
        guest,
        input: Vec::new(),
        output: Vec::new(),
    }));
    fill_holes();
}

/// Permanently fills the holes that evaluating the built-in scripts left in the heap. A run's allocations then share
/// few pages at the heap's end instead of many pages of the image, which halves the cost of a short run.
fn fill_holes() {
    /// Size classes of the allocators, up to the largest hole worth filling.
    const SIZES: [usize; 9] = [4096, 2048, 1024, 512, 256, 128, 64, 32, 16];
    let end = |allocate: &dyn Fn(usize) -> usize| allocate(96 << 10);
    for allocate in [
        &(|size| Box::leak(vec![0_u8; size].into_boxed_slice()).as_ptr() as usize)
            as &dyn Fn(usize) -> usize,
        // SAFETY: the memory has the requested size. It is zeroed, to keep old data out of the image, and never freed.
        &|size| unsafe {
            let memory = malloc(size);
            if !memory.is_null() {
                memory.write_bytes(0, size);
            }
            memory as usize
        },
    ] {
        let end = end(allocate);
        for size in SIZES {
            // Holes lie below fresh memory from the end.
            while allocate(size) < end {}
        }
    }
}

unsafe extern "C" {
    /// The C library's allocator, which the interpreter uses.
    fn malloc(size: usize) -> *mut u8;
}

/// Returns where the host writes a message of `length` bytes.
#[unsafe(no_mangle)]
extern "C" fn input(length: usize) -> *mut u8 {
    INSTANCE.with_borrow_mut(|instance| {
        instance.as_mut().map_or(std::ptr::null_mut(), |instance| {
            instance.input = vec![0; length];
            instance.input.as_mut_ptr()
        })
    })
}

/// Passes the input buffer to the guest; returns address (high half) and length of its reply.
fn with(call: impl FnOnce(&mut Guest, &[u8]) -> Vec<u8>) -> u64 {
    INSTANCE.with_borrow_mut(|instance| {
        instance.as_mut().map_or(0, |instance| {
            let input = std::mem::take(&mut instance.input);
            instance.output = call(&mut instance.guest, &input);
            let address = instance.output.as_ptr() as u64;
            (address << 32) | instance.output.len() as u64
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn compile() -> u64 {
    with(|guest, message| guest.compile(message))
}

#[unsafe(no_mangle)]
extern "C" fn evaluate() -> u64 {
    with(|guest, _| guest.evaluate())
}

#[unsafe(no_mangle)]
extern "C" fn start() -> u64 {
    reserve_memory();
    with(|guest, message| guest.start(message))
}

/// Lets Rust's allocator keep memory, which it never returns. Otherwise the interpreter's takes all there is, and a
/// response has no room where a script has filled it.
fn reserve_memory() {
    /// A few times the limit of a response.
    const RESERVE: usize = 2 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(RESERVE)));
}

#[unsafe(no_mangle)]
extern "C" fn loaded() -> u64 {
    with(|guest, _| guest.loaded())
}

#[unsafe(no_mangle)]
extern "C" fn load() -> u64 {
    with(|guest, modules| guest.load(modules))
}

#[unsafe(no_mangle)]
extern "C" fn resume() -> u64 {
    with(|guest, message| guest.resume(message))
}
