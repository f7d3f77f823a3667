//! The functions that the host calls. Messages are handed over in buffers that the guest owns.

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

/// Says why the image cannot be made, and stops.
fn give_up(message: &str) -> ! {
    crate::imports::write_log(message);
    core::arch::wasm32::unreachable();
}

/// Compiles the built-in scripts; returns address and length of what [`initialise`] takes. Called in an instance that serves nothing else: what
/// compiling leaves behind in memory is no part of the image.
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

/// Where so many bytes of what another instance prepared are to be written.
#[unsafe(no_mangle)]
extern "C" fn prepared(length: usize) -> *mut u8 {
    let place = vec![0; length].leak();
    let address = place.as_mut_ptr();
    PREPARED.set(place);
    address
}

/// Makes the interpreter. Called once, when the image is made.
#[unsafe(no_mangle)]
extern "C" fn initialise() {
    let guest = Guest::of(PREPARED.take()).unwrap_or_else(|message| give_up(&message));
    // SAFETY: this is the only thread, and there is one guest in an image.
    unsafe { crate::host::modules::wipe_sources() };
    INSTANCE.set(Some(Instance {
        guest,
        input: Vec::new(),
        output: Vec::new(),
    }));
    fill_holes();
}

/// Takes every hole that evaluating the built-in scripts left in the heap, for good. What a run allocates then lies together at the
/// heap's end, on few pages, instead of on many that it would have to share with the image: that is half of what a short run costs.
fn fill_holes() {
    /// The sizes that allocators keep apart, and the largest hole that is worth it.
    const SIZES: [usize; 9] = [4096, 2048, 1024, 512, 256, 128, 64, 32, 16];
    let end = |allocate: &dyn Fn(usize) -> usize| allocate(96 << 10);
    for allocate in [
        &(|size| Box::leak(vec![0_u8; size].into_boxed_slice()).as_ptr() as usize)
            as &dyn Fn(usize) -> usize,
        // SAFETY: the memory is as large as it was asked for. It is never used, and never given back; what stood there is no part of the image.
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
            // Holes are below what was allocated fresh from the end.
            while allocate(size) < end {}
        }
    }
}

unsafe extern "C" {
    /// The allocator of the C library, which the interpreter uses.
    fn malloc(size: usize) -> *mut u8;
}

/// Where the host writes a message of so many bytes.
#[unsafe(no_mangle)]
extern "C" fn input(length: usize) -> *mut u8 {
    INSTANCE.with_borrow_mut(|instance| {
        instance.as_mut().map_or(std::ptr::null_mut(), |instance| {
            instance.input = vec![0; length];
            instance.input.as_mut_ptr()
        })
    })
}

/// Calls the guest with the message in the input buffer; returns address and length of its reply, in one number.
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
    with(|guest, message| guest.start(message))
}

#[unsafe(no_mangle)]
extern "C" fn resume() -> u64 {
    with(|guest, message| guest.resume(message))
}
