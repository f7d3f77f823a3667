//! The machine that runs scripts: a compiled guest, slots of memory, and one instance for each run.
//!
//! ```text
//! image (build) ── module ──┐
//! source ── template ───────┼── instance ── one run ── discarded
//! slot of memory ───────────┘
//! ```
//!
//! Nothing here trusts the guest: every address and length from it is checked, and every call ends by its deadline.

mod config;
mod image;
mod imports;
mod instance;
mod log;
mod memory;
mod operations;
mod pages;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod ticker;

use std::sync::Arc;

use wasmtime::{Engine, InstancePre, Linker, Module, ModuleExport, Store};

#[cfg(feature = "testing")]
pub(crate) use self::operations::perform;
#[cfg(test)]
pub(crate) use self::tests::lying;
pub(crate) use self::{
    config::STACK,
    instance::{Instance, Trap},
    log::Log,
    pages::Placing,
    state::Clocks,
    template::Template,
};
use self::{
    image::{Code, Image},
    memory::{Creator, Slots},
    state::State,
    ticker::Ticker,
};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum MachineError {
    #[error(
        "there is no image of the interpreter for this platform; there are x86-64 and aarch64 Linux and aarch64 macOS"
    )]
    NoImage,
    /// The image is damaged, or made for another engine.
    #[error("the image of the interpreter does not fit this program ({0}); build it again")]
    Image(String),
}

/// What the runs of one sandbox share.
pub(crate) struct Machine {
    engine: Engine,
    module: InstancePre<State>,
    exports: Exports,
    slots: Arc<Slots>,
    ticker: Ticker,
}

/// The guest's exports, looked up once.
struct Exports {
    memory: ModuleExport,
    input: ModuleExport,
    compile: ModuleExport,
    evaluate: ModuleExport,
    start: ModuleExport,
    resume: ModuleExport,
    loaded: ModuleExport,
    load: ModuleExport,
    wipe: ModuleExport,
}

impl Machine {
    /// Maps memory if the system allows it. Keeps up to `slots` slots for reuse. Takes about a millisecond.
    pub(crate) fn new(slots: usize) -> Result<Self, MachineError> {
        Self::with(Placing::try_mapping(), slots)
    }

    /// Places memory, and code, in the given way.
    pub(crate) fn with(placing: Placing, slots: usize) -> Result<Self, MachineError> {
        let code = match placing {
            Placing::Mapped => Code::Own,
            Placing::Copied => Code::OwnCopied,
        };
        Self::of(code, &Image::OWN, placing, slots)
    }

    fn of(
        code: Code<'_>,
        memory: &Image,
        placing: Placing,
        slots: usize,
    ) -> Result<Self, MachineError> {
        let mut config = config::config();
        config.with_host_memory(Arc::new(Creator));
        let (engine, module) = code.load(&config)?;
        let readable = |error: wasmtime::Error| MachineError::Image(format!("{error:#}"));
        let mut linker = Linker::new(&engine);
        imports::define(&mut linker).map_err(readable)?;
        let exports = Exports::of(&module)?;
        let slots = Arc::new(Slots::new(memory, size_of_memory(&module), placing, slots));
        let module = linker.instantiate_pre(&module).map_err(readable)?;
        let ticker = Ticker::new(engine.clone());
        Ok(Self {
            engine,
            module,
            exports,
            slots,
            ticker,
        })
    }

    pub(crate) fn placing(&self) -> Placing {
        self.slots.placing()
    }

    /// Returns the memory of unused slots to the system, and from now on that of each run that ends.
    pub(crate) fn close(&self) {
        self.slots.close();
    }

    /// Creates an instance from the template, or from the bare image.
    pub(crate) fn instance(
        self: &Arc<Self>,
        template: Option<&Arc<Template>>,
        clocks: Clocks,
    ) -> Result<Instance, Trap> {
        let memory = self
            .slots
            .take(template)
            .map_err(|error| Trap::Broken(format!("no memory for a run: {error}")))?;
        Instance::new(Arc::clone(self), memory, clocks)
    }

    /// Places the image for the first instance, ahead of it: that takes longer than anything else that an instance needs.
    pub(crate) fn prepare(&self) {
        self.slots.prepare();
    }

    /// Backs more memory for the first instance, where nothing waits for it.
    pub(crate) fn back_growth(&self) {
        self.slots.back_growth();
    }

    /// Captures the memory of an instance.
    pub(crate) fn template(&self, instance: &Instance) -> Template {
        self.slots.template(instance.memory())
    }

    /// Captures the memory of an instance to be stored with the hook's version; `None` if that cannot be done.
    pub(crate) fn memory_to_store(&self, instance: &mut Instance) -> Option<Vec<u8>> {
        instance.wipe().ok()?;
        self.slots.to_store(instance.memory())
    }

    /// The template of a stored memory; `None` if it is none, or that of another interpreter.
    pub(crate) fn stored_template(&self, bytes: &[u8]) -> Option<Template> {
        self.slots.stored_template(bytes)
    }

    fn store(&self, clocks: Clocks) -> Store<State> {
        let mut store = Store::new(&self.engine, State::new(clocks));
        store.limiter(|state| &mut state.limits);
        store.epoch_deadline_callback(|context| context.data().clocks.check());
        store.set_epoch_deadline(1);
        store
    }
}

/// The guest's initial memory, in bytes; the image omits the zeros at its end.
fn size_of_memory(module: &Module) -> usize {
    let memory = module.get_export("memory");
    let pages = memory.and_then(|memory| Some(memory.memory()?.minimum()));
    usize::try_from(pages.unwrap_or_default()).map_or(0, |pages| pages * template::WASM_PAGE)
}

impl Exports {
    fn of(module: &Module) -> Result<Self, MachineError> {
        let find = |name: &str| {
            module
                .get_export_index(name)
                .ok_or_else(|| MachineError::Image(format!("it has no `{name}`")))
        };
        Ok(Self {
            memory: find("memory")?,
            input: find("input")?,
            compile: find("compile")?,
            evaluate: find("evaluate")?,
            start: find("start")?,
            resume: find("resume")?,
            loaded: find("loaded")?,
            load: find("load")?,
            wipe: find("wipe")?,
        })
    }
}
