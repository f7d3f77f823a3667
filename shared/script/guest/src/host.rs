//! Native functions for the built-in scripts, and the state of a run.

mod cipher;
mod compression;
mod console;
mod crypto;
mod encoding;
mod hash;
mod key;
pub(crate) mod modules;
mod network;
mod randomness;
mod sources;
mod timers;
mod web_url;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use rquickjs::{Ctx, Object};

use self::{modules::Modules, network::Requests, randomness::Generator, timers::Timers};
use crate::imports;

/// Maximum memory of a script's values, in bytes.
pub(crate) const MEMORY_LIMIT: usize = 32 << 20;

/// State of this instance's one run.
#[derive(Default)]
pub(crate) struct Host {
    interrupted: Cell<bool>,
    timers: RefCell<Timers>,
    pub(crate) requests: RefCell<Requests>,
    generator: RefCell<Generator>,
    pub(crate) modules: Modules,
    /// Memory size before the script had any of it, in bytes.
    memory_start: Cell<usize>,
}

impl Host {
    /// Sets the native functions on an object that only built-in scripts see.
    pub(crate) fn install<'js>(
        self: &Rc<Self>,
        ctx: &Ctx<'js>,
        natives: &Object<'js>,
    ) -> rquickjs::Result<()> {
        cipher::install(ctx, natives)?;
        compression::install(ctx, natives)?;
        console::install(ctx, natives)?;
        crypto::install(ctx, natives)?;
        encoding::install(ctx, natives)?;
        hash::install(ctx, natives)?;
        modules::install(self, ctx, natives)?;
        network::install(self, ctx, natives)?;
        randomness::install(self, ctx, natives)?;
        timers::install(self, ctx, natives)?;
        web_url::install(ctx, natives)
    }

    /// Starts counting a script's memory.
    pub(crate) fn begin(&self) {
        self.interrupted.set(false);
        self.memory_start.set(memory_size());
    }

    /// The interrupt handler: returns whether the engine must stop.
    pub(crate) fn is_over(&self) -> bool {
        let over = imports::time_is_over();
        if over {
            self.interrupted.set(true);
        }
        over
    }

    /// Whether the interrupt handler stopped the engine.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.interrupted.get()
    }

    /// Whether memory ever ran out, so that not even an error object fitted. It may be free again, since the engine has
    /// left the function that filled it; but WebAssembly memory never shrinks, so its size tells.
    pub(crate) fn was_memory_full(&self) -> bool {
        memory_size().saturating_sub(self.memory_start.get()) > MEMORY_LIMIT - MEMORY_LIMIT / 4
    }

    /// Whether no timer or request is pending.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.borrow().is_empty() && self.timers.borrow().next().is_none()
    }

    /// Describes what a timed-out run was doing.
    pub(crate) fn pending_words(&self) -> String {
        let requests = self.requests.borrow().pending();
        let timers = self.timers.borrow().len();
        let counted = |number: usize, one: &str, more: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {more}")),
        };
        let parts = [
            counted(requests, "request", "requests"),
            counted(timers, "timer", "timers"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return "still running".to_owned();
        }
        format!("waiting for {}", parts.join(" and "))
    }

    pub(crate) fn next_timer(&self) -> Option<u64> {
        self.timers.borrow().next()
    }

    pub(crate) fn take_due_timer(&self, now: u64) -> Option<u32> {
        self.timers.borrow_mut().take_due(now)
    }
}

/// Size of this instance's memory, in bytes.
#[cfg(target_arch = "wasm32")]
fn memory_size() -> usize {
    core::arch::wasm32::memory_size(0) << 16
}

#[cfg(not(target_arch = "wasm32"))]
fn memory_size() -> usize {
    0
}
