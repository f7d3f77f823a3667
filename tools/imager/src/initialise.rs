//! Runs the guest's `initialise` once and captures its memory.

use std::ops::Range;

use wasmtime::{
    Caller, Engine, Extern, ExternType, Instance, Linker, Memory, Module, Store, Val, ValType,
};
use wasmtime::{ensure, error::Context as _};

use crate::config;

/// The only global that changes; every function must restore it.
const STACK_POINTER: &str = "__stack_pointer";

/// Returns the initialised guest's memory and where it holds the compiled built-in scripts. One instance compiles them;
/// another starts from the result.
pub(crate) fn memory_of(wasm: &[u8]) -> wasmtime::Result<(Vec<u8>, Range<usize>)> {
    let engine = Engine::new(&config::config())?;
    let module = Module::new(&engine, wasm)?;
    let (mut store, instance) = instantiate(&engine, &module)?;
    let place = instance
        .get_typed_func::<(), u64>(&mut store, "prepare")?
        .call(&mut store, ())
        .context("failed to compile the built-in scripts")?;
    let (start, length) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
    let prepared = memory(&mut store, &instance)?.data(&store)[start..start + length].to_vec();

    let (mut store, instance) = instantiate(&engine, &module)?;
    let stack_before = stack_pointer(&mut store, &instance)?;
    let address = instance
        .get_typed_func::<u32, u32>(&mut store, "prepared")?
        .call(&mut store, u32::try_from(length)?)?;
    let address = address as usize;
    memory(&mut store, &instance)?.write(&mut store, address, &prepared)?;
    instance
        .get_typed_func::<(), ()>(&mut store, "initialise")?
        .call(&mut store, ())
        .context("failed to initialise the guest")?;
    let stack_after = stack_pointer(&mut store, &instance)?;
    ensure!(
        stack_before == stack_after,
        "the stack pointer moved from {stack_before} to {stack_after}"
    );
    let memory = memory(&mut store, &instance)?.data(&store).to_vec();
    let scripts = address..address + length;
    ensure!(
        memory[scripts.clone()] == prepared,
        "the guest changed the compiled built-in scripts"
    );
    Ok((memory, scripts))
}

fn memory(store: &mut Store<()>, instance: &Instance) -> wasmtime::Result<Memory> {
    instance
        .get_memory(&mut *store, "memory")
        .context("the guest exports no memory")
}

/// Creates an instance whose host only prints its log.
fn instantiate(engine: &Engine, module: &Module) -> wasmtime::Result<(Store<()>, Instance)> {
    let mut store = Store::new(engine, ());
    store.set_epoch_deadline(1);
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let ExternType::Func(kind) = import.ty() else {
            wasmtime::bail!(
                "the guest imports `{}`, which is not a function",
                import.name()
            );
        };
        let name = import.name().to_owned();
        linker.func_new(
            import.module(),
            import.name(),
            kind.clone(),
            move |mut caller: Caller<'_, ()>, arguments, results| {
                if name == "log" {
                    eprintln!("guest: {}", line(&mut caller, arguments));
                }
                for (result, kind) in results.iter_mut().zip(kind.results()) {
                    *result = zero(&kind);
                }
                Ok(())
            },
        )?;
    }
    let instance = linker.instantiate(&mut store, module)?;
    Ok((store, instance))
}

fn stack_pointer(store: &mut Store<()>, instance: &Instance) -> wasmtime::Result<i32> {
    instance
        .get_global(&mut *store, STACK_POINTER)
        .and_then(|global| global.get(&mut *store).i32())
        .with_context(|| format!("the guest exports no `{STACK_POINTER}`"))
}

/// Reads the line passed to `log`.
fn line(caller: &mut Caller<'_, ()>, arguments: &[Val]) -> String {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let text = |memory: Memory| {
        let start = usize::try_from(arguments.first()?.i32()?).ok()?;
        let length = usize::try_from(arguments.get(1)?.i32()?).ok()?;
        let bytes = memory.data(&caller).get(start..start + length)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    memory.and_then(text).unwrap_or_default()
}

fn zero(kind: &ValType) -> Val {
    match kind {
        ValType::I64 => Val::I64(0),
        ValType::F64 => Val::F64(0),
        _ => Val::I32(0),
    }
}
