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

const WASM_PAGE: usize = 64 << 10;

/// An allocator: returns the address of zeroed memory of a size.
type Allocate = fn(usize) -> usize;
/// Frees memory of an address and size.
type Free = fn(usize, usize);

/// Rust's allocator, and the C library's, which the interpreter uses.
const ALLOCATORS: [(Allocate, Free); 2] = [
    (
        |size| Box::leak(vec![0_u8; size].into_boxed_slice()).as_ptr() as usize,
        // SAFETY: the address is that of a box of this size, whose owner is gone.
        |address, size| unsafe {
            drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(
                address as *mut u8,
                size,
            )));
        },
    ),
    (
        // SAFETY: the memory has the requested size.
        |size| unsafe {
            let memory = malloc(size);
            if !memory.is_null() {
                memory.write_bytes(0, size);
            }
            memory as usize
        },
        // SAFETY: the address is one that `malloc` returned, and is freed once.
        |address, _| unsafe { free(address as *mut u8) },
    ),
];

/// Permanently fills the holes that evaluating the built-in scripts left in the heap. A run's allocations then share
/// few pages at the heap's end instead of many pages of the image, which halves the cost of a short run. Zeros keep old data out of the
/// image.
fn fill_holes() {
    /// More than any hole has: fresh memory.
    const END: usize = 96 << 10;
    for (allocate, _) in ALLOCATORS {
        each_hole(allocate, allocate(END), |_, _| {});
    }
}

/// Overwrites with zeros what is free, so that a copy of the memory is small and compresses well.
#[unsafe(no_mangle)]
extern "C" fn wipe() {
    INSTANCE.with_borrow_mut(|instance| {
        if let Some(instance) = instance {
            (instance.input, instance.output) = (Vec::new(), Vec::new());
            instance.guest.collect_garbage();
        }
    });
    for (allocate, free) in ALLOCATORS {
        let end = core::arch::wasm32::memory_size(0) * WASM_PAGE;
        // A list without memory of its own: each hole holds address and size of the one before.
        let mut last = [0_usize; 2];
        each_hole(allocate, end, |address, size| {
            let before = std::mem::replace(&mut last, [address, size]);
            // SAFETY: the hole is larger than two numbers, aligned for them, and nothing else uses it.
            unsafe { (address as *mut [usize; 2]).write(before) };
        });
        while last[0] != 0 {
            let [address, size] = last;
            // SAFETY: as above; what was written is read, and the hole is cleared again before it is freed.
            unsafe {
                last = (address as *const [usize; 2]).read();
                (address as *mut u8).write_bytes(0, size);
            }
            free(address, size);
        }
    }
}

/// Takes every hole of the heap below `end` in turn.
fn each_hole(allocate: Allocate, end: usize, mut take: impl FnMut(usize, usize)) {
    /// Size classes of the allocators, up to the largest hole worth filling.
    const SIZES: [usize; 9] = [4096, 2048, 1024, 512, 256, 128, 64, 32, 16];
    for size in SIZES {
        // Zero: there is no more memory.
        loop {
            let hole = allocate(size);
            if hole == 0 {
                break;
            }
            take(hole, size);
            if hole >= end {
                break;
            }
        }
    }
}

unsafe extern "C" {
    fn malloc(size: usize) -> *mut u8;
    fn free(memory: *mut u8);
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
