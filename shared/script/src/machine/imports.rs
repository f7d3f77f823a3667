//! Everything that the guest may ask of its host. A test compares the list with the compiled guest.

use std::{
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

use hookpoint_script_protocol::{IMPORT_MODULE, Operation};
use wasmtime::{Caller, Linker};

use super::{operations, state::State};

/// Epoch of the guest's monotonic clock.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The guest broke the rules of an import, and is stopped.
#[derive(Debug, thiserror::Error)]
#[error("the guest passed {0}")]
pub(super) struct Nonsense(pub(super) &'static str);

/// Maximum random bytes per call.
const RANDOM_LIMIT: usize = 65_536;
/// Maximum length of a line that is read, in bytes.
const LINE_LIMIT: usize = 1 << 20;
/// Maximum input of an operation, in bytes: what the guest may send, with lengths.
const INPUT_LIMIT: usize = hookpoint_script_protocol::OPERATION_LIMIT + 64;

pub(super) fn define(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "__rquickjs_host_now_us", wall_clock)?;
    linker.func_wrap(IMPORT_MODULE, "monotonic", monotonic)?;
    linker.func_wrap(IMPORT_MODULE, "is_over", is_over)?;
    linker.func_wrap(IMPORT_MODULE, "remaining", remaining)?;
    linker.func_wrap(IMPORT_MODULE, "random", random)?;
    linker.func_wrap(IMPORT_MODULE, "log", log)?;
    linker.func_wrap(IMPORT_MODULE, "operate", operate)?;
    linker.func_wrap(IMPORT_MODULE, "take_output", take_output)?;
    Ok(())
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Microseconds since 1970.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits of microseconds last for 285 years"
)]
fn wall_clock(mut caller: Caller<'_, State>) -> f64 {
    let state = caller.data_mut();
    state.touched = true;
    state
        .clocks
        .wall()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0.0, |since| since.as_micros() as f64)
}

fn monotonic(mut caller: Caller<'_, State>) -> u64 {
    caller.data_mut().touched = true;
    nanoseconds(START.elapsed())
}

/// Polled by the interpreter; a script cannot see the result.
#[expect(clippy::needless_pass_by_value, reason = "the linker asks for it")]
fn is_over(caller: Caller<'_, State>) -> u32 {
    u32::from(Instant::now() >= caller.data().clocks.report)
}

fn remaining(mut caller: Caller<'_, State>) -> u64 {
    let state = caller.data_mut();
    state.touched = true;
    nanoseconds(state.clocks.end.saturating_duration_since(Instant::now()))
}

/// Borrows the instance's memory and state separately.
fn parts<'a>(caller: &'a mut Caller<'_, State>) -> wasmtime::Result<(&'a mut [u8], &'a mut State)> {
    let memory = caller
        .data()
        .memory
        .ok_or(Nonsense("a call before it was instantiated"))?;
    Ok(memory.data_and_store_mut(caller))
}

/// Checks a range against `limit`; the memory's own bounds are checked on access.
fn range(address: u32, length: u32, limit: usize) -> wasmtime::Result<std::ops::Range<usize>> {
    let (address, length) = (address as usize, length as usize);
    if length > limit {
        return Err(Nonsense("a length beyond its limit").into());
    }
    Ok(address..address + length)
}

fn random(mut caller: Caller<'_, State>, address: u32, length: u32) -> wasmtime::Result<()> {
    let (memory, state) = parts(&mut caller)?;
    state.touched = true;
    let bytes = memory
        .get_mut(range(address, length, RANDOM_LIMIT)?)
        .ok_or(Nonsense("an address outside its memory"))?;
    getrandom::fill(bytes)
        .map_err(|_| Nonsense("a request for randomness that the system refused"))?;
    Ok(())
}

fn log(mut caller: Caller<'_, State>, address: u32, length: u32) -> wasmtime::Result<()> {
    let (memory, state) = parts(&mut caller)?;
    state.touched = true;
    let line = memory
        .get(range(address, length, LINE_LIMIT)?)
        .ok_or(Nonsense("an address outside its memory"))?;
    state.log.push(line);
    Ok(())
}

/// Performs a native operation and keeps the output for `take_output`; returns its length.
fn operate(
    mut caller: Caller<'_, State>,
    operation: u32,
    address: u32,
    length: u32,
) -> wasmtime::Result<u32> {
    let (memory, state) = parts(&mut caller)?;
    state.touched = true;
    let input = memory
        .get(range(address, length, INPUT_LIMIT)?)
        .ok_or(Nonsense("an address outside its memory"))?;
    let operation = Operation::of_number(operation).ok_or(Nonsense("an unknown operation"))?;
    state.output = operations::perform(operation, input, state.clocks.end);
    Ok(u32::try_from(state.output.len()).unwrap_or(u32::MAX))
}

/// Copies the last operation's output to an address.
fn take_output(mut caller: Caller<'_, State>, address: u32) -> wasmtime::Result<()> {
    let (memory, state) = parts(&mut caller)?;
    let output = std::mem::take(&mut state.output);
    let start = address as usize;
    memory
        .get_mut(start..start + output.len())
        .ok_or(Nonsense("an address outside its memory"))?
        .copy_from_slice(&output);
    Ok(())
}
