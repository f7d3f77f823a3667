//! `memcpy`, which the interpreter calls for every string and every function that it reads. The one that comes with Rust copies four
//! bytes at a time.

use core::ptr::{copy_nonoverlapping, read_unaligned, write_unaligned};

/// Length from which the host copies, in bytes: WebAssembly's instruction for it is a call of the host.
const LONG: usize = 65;

/// Copies `length` bytes that do not overlap, and returns `target`.
///
/// # Safety
/// As the C standard's `memcpy`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(target: *mut u8, source: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the caller guarantees both ranges, and each copy lies inside them.
    unsafe {
        match length {
            LONG.. => copy_nonoverlapping(source, target, length),
            33.. => ends::<[u64; 4]>(target, source, length),
            17.. => ends::<[u64; 2]>(target, source, length),
            8.. => ends::<u64>(target, source, length),
            4.. => ends::<u32>(target, source, length),
            2.. => ends::<u16>(target, source, length),
            1 => ends::<u8>(target, source, length),
            0 => {}
        }
    }
    target
}

/// Copies the first and the last bytes, as many as `T` has: together, all of a range of up to twice that length.
///
/// # Safety
/// Both ranges are at least as long as `T`.
unsafe fn ends<T>(target: *mut u8, source: *const u8, length: usize) {
    let last = length - size_of::<T>();
    // SAFETY: the caller guarantees it.
    unsafe {
        let first = read_unaligned(source.cast::<T>());
        let end = read_unaligned(source.add(last).cast::<T>());
        write_unaligned(target.cast::<T>(), first);
        write_unaligned(target.add(last).cast::<T>(), end);
    }
}
