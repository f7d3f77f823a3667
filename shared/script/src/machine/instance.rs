//! An instance of the guest, for one run.

use std::sync::Arc;

use hookpoint_script_protocol::GUEST_MESSAGE_LIMIT;
use wasmtime::{ModuleExport, Store, WasmParams, WasmResults};

use super::{
    Clocks, Exports, Log, Machine,
    config::INSTANCE_MEMORY,
    imports::Nonsense,
    memory::{Placed, hand_over},
    state::{OutOfTime, State},
};

/// Maximum number of built-in modules.
const MODULE_LIMIT: usize = 255;

/// Why a call of the guest did not return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trap {
    OutOfTime,
    /// Memory ran out in the engine itself.
    OutOfMemory,
    OutOfStack,
    /// The guest broke the protocol; the text is for the operator.
    Broken(String),
}

pub(crate) struct Instance {
    machine: Arc<Machine>,
    store: Store<State>,
    guest: wasmtime::Instance,
}

impl Instance {
    pub(super) fn new(machine: Arc<Machine>, memory: Placed, clocks: Clocks) -> Result<Self, Trap> {
        let mut store = machine.store(clocks);
        let instance = hand_over(memory, || machine.module.instantiate(&mut store))
            .map_err(|error| Trap::Broken(format!("no instance: {error:#}")))?;
        let memory = instance
            .get_module_export(&mut store, &machine.exports.memory)
            .and_then(wasmtime::Extern::into_memory);
        store.data_mut().memory = memory;
        Ok(Self {
            machine,
            store,
            guest: instance,
        })
    }

    /// Compiles a source or reads bytecode.
    pub(crate) fn compile(&mut self, message: &[u8]) -> Result<&[u8], Trap> {
        self.send(message)?;
        self.ask(|exports| &exports.compile)
    }

    pub(crate) fn evaluate(&mut self) -> Result<&[u8], Trap> {
        self.ask(|exports| &exports.evaluate)
    }

    pub(crate) fn start(&mut self, message: &[u8]) -> Result<&[u8], Trap> {
        self.send(message)?;
        self.ask(|exports| &exports.start)
    }

    pub(crate) fn resume(&mut self, message: &[u8]) -> Result<&[u8], Trap> {
        self.send(message)?;
        self.ask(|exports| &exports.resume)
    }

    /// The built-in modules that the script imports or that its run loaded: a byte for each.
    pub(crate) fn loaded(&mut self) -> Result<Vec<u8>, Trap> {
        let modules = self.ask(|exports| &exports.loaded)?;
        if modules.len() > MODULE_LIMIT {
            return Err(broken("more modules than there are"));
        }
        Ok(modules.to_vec())
    }

    /// Evaluates built-in modules ahead of the script.
    pub(crate) fn load(&mut self, modules: &[u8]) -> Result<&[u8], Trap> {
        self.send(modules)?;
        self.ask(|exports| &exports.load)
    }

    /// Clears what is free in the memory, before it is stored.
    pub(crate) fn wipe(&mut self) -> Result<(), Trap> {
        self.call(|exports| &exports.wipe, ())
    }

    pub(crate) fn machine(&self) -> Arc<Machine> {
        Arc::clone(&self.machine)
    }

    /// Whether the guest asked for anything that differs between runs.
    pub(crate) fn was_touched(&self) -> bool {
        self.store.data().touched
    }

    pub(crate) fn take_log(&mut self) -> Log {
        std::mem::take(&mut self.store.data_mut().log)
    }

    pub(super) fn memory(&self) -> &[u8] {
        self.store
            .data()
            .memory
            .map_or(&[], |memory| memory.data(&self.store))
    }

    /// The memory, for tests that write it as a compromised guest could.
    #[cfg(test)]
    pub(super) fn memory_mut(&mut self) -> &mut [u8] {
        self.store
            .data()
            .memory
            .map_or(&mut [], |memory| memory.data_mut(&mut self.store))
    }

    fn send(&mut self, message: &[u8]) -> Result<(), Trap> {
        let length = u32::try_from(message.len())
            .map_err(|_| Trap::Broken("a message of more than 4 GiB".to_owned()))?;
        let address: u32 = self.call(|exports| &exports.input, length)?;
        let start = address as usize;
        self.store
            .data()
            .memory
            .and_then(|memory| {
                memory
                    .data_mut(&mut self.store)
                    .get_mut(start..start + message.len())
            })
            .ok_or_else(|| broken("an input buffer outside its memory"))?
            .copy_from_slice(message);
        Ok(())
    }

    /// Calls an exported function and returns its reply.
    fn ask(&mut self, export: fn(&Exports) -> &ModuleExport) -> Result<&[u8], Trap> {
        let place: u64 = self.call(export, ())?;
        let start = usize::try_from(place >> 32).unwrap_or(usize::MAX);
        let length = usize::try_from(place & 0xffff_ffff).unwrap_or(usize::MAX);
        if length > GUEST_MESSAGE_LIMIT {
            return Err(broken("a reply beyond its limit"));
        }
        self.memory()
            .get(start..start.saturating_add(length))
            .ok_or_else(|| broken("a reply outside its memory"))
    }

    fn call<P: WasmParams, R: WasmResults>(
        &mut self,
        export: fn(&Exports) -> &ModuleExport,
        arguments: P,
    ) -> Result<R, Trap> {
        let machine = Arc::clone(&self.machine);
        let _running = machine
            .ticker
            .run()
            .ok_or_else(|| Trap::Broken("the system refuses to start a thread".to_owned()))?;
        let function = self
            .guest
            .get_module_export(&mut self.store, export(&machine.exports))
            .and_then(wasmtime::Extern::into_func)
            .ok_or_else(|| broken("something that is not a function"))?
            .typed::<P, R>(&self.store)
            .map_err(|error| broken(&error.to_string()))?;
        function
            .call(&mut self.store, arguments)
            .map_err(|error| self.trap(&error))
    }

    fn trap(&self, error: &wasmtime::Error) -> Trap {
        if error.is::<OutOfTime>() {
            return Trap::OutOfTime;
        }
        match error.downcast_ref::<wasmtime::Trap>() {
            Some(wasmtime::Trap::StackOverflow) => Trap::OutOfStack,
            // Rust's and C's `abort`: nearly always because memory ran out.
            Some(wasmtime::Trap::UnreachableCodeReached)
                if self.memory().len() > INSTANCE_MEMORY - INSTANCE_MEMORY / 4 =>
            {
                Trap::OutOfMemory
            }
            Some(trap) => Trap::Broken(trap.to_string()),
            None => match error.downcast_ref::<Nonsense>() {
                Some(nonsense) => Trap::Broken(nonsense.to_string()),
                None => Trap::Broken(format!("{error:#}")),
            },
        }
    }
}

fn broken(what: &str) -> Trap {
    Trap::Broken(format!("the guest returned {what}"))
}
