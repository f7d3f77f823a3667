//! Runs the guest's `initialise` once and captures its memory.

use wasmtime::{Caller, Engine, Extern, ExternType, Linker, Memory, Module, Store, Val, ValType};
use wasmtime::{ensure, error::Context as _};

use crate::config;

/// The stack pointer, the one global that changes. It must be restored when a function returns.
const STACK_POINTER: &str = "__stack_pointer";

/// The whole memory of an initialised guest.
pub(crate) fn memory_of(wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let engine = Engine::new(&config::config())?;
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1);
    let mut linker = Linker::new(&engine);
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
                    eprintln!("the guest says: {}", line(&mut caller, arguments));
                }
                for (result, kind) in results.iter_mut().zip(kind.results()) {
                    *result = zero(&kind);
                }
                Ok(())
            },
        )?;
    }
    let instance = linker.instantiate(&mut store, &module)?;
    let stack_before = stack_pointer(&mut store, &instance)?;
    instance
        .get_typed_func::<(), ()>(&mut store, "initialise")?
        .call(&mut store, ())
        .context("the guest failed to initialise")?;
    let stack_after = stack_pointer(&mut store, &instance)?;
    ensure!(
        stack_before == stack_after,
        "the stack pointer moved from {stack_before} to {stack_after}"
    );
    let memory = instance
        .get_memory(&mut store, "memory")
        .context("the guest exports no memory")?;
    Ok(memory.data(&store).to_vec())
}

fn stack_pointer(store: &mut Store<()>, instance: &wasmtime::Instance) -> wasmtime::Result<i32> {
    instance
        .get_global(&mut *store, STACK_POINTER)
        .and_then(|global| global.get(&mut *store).i32())
        .with_context(|| format!("the guest exports no `{STACK_POINTER}`"))
}

/// The argument of a call to `log`.
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
