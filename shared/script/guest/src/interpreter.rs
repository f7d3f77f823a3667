//! The JavaScript engine, set up once as part of the image.

use std::rc::Rc;

use rquickjs::{
    CatchResultExt, Context, Ctx, Function, Object, Persistent, Runtime, Value, context::intrinsic,
    qjs,
};

use super::{
    host::{Host, MEMORY_LIMIT, modules},
    plain::PlainData,
    rejections::Rejections,
    stack,
};

/// Memory beyond [`MEMORY_LIMIT`] for the veto of a response that did not fit, in bytes.
const MEMORY_RESERVE: usize = 1 << 20;
/// Maximum stack of nested calls, in bytes.
const STACK_LIMIT: usize = 512 << 10;
/// Heap size at which cycles are collected; the built-ins alone exceed the engine's default of 256 KB.
const COLLECTION_THRESHOLD: usize = 4 << 20;

/// Intrinsics for hooks. Omitted: `WeakRef` and `FinalizationRegistry` (they observe the collector), `Performance`
/// (ours has the same clock), and memory shared between threads.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::DOMException,
);

/// A runtime with one context, and the functions through which Rust calls into it.
pub(crate) struct Interpreter {
    pub(crate) context: Context,
    pub(crate) host: Rc<Host>,
    pub(crate) entry: Entry,
    pub(crate) rejections: Rejections,
    // Last, to be dropped last.
    _runtime: Runtime,
}

/// Built-in functions that Rust calls. Held, not looked up: a script can replace any global.
pub(crate) struct Entry {
    pub(crate) run_module: Persistent<Function<'static>>,
    pub(crate) run_common_js: Persistent<Function<'static>>,
    pub(crate) load_common_js: Persistent<Function<'static>>,
    pub(crate) provide_hook: Persistent<Function<'static>>,
    pub(crate) on_timer: Persistent<Function<'static>>,
    pub(crate) on_fetched: Persistent<Function<'static>>,
    pub(crate) on_idle: Persistent<Function<'static>>,
    pub(crate) kind_of_error: Persistent<Function<'static>>,
    pub(crate) request_of: Persistent<Function<'static>>,
    pub(crate) to_vetoes: Persistent<Function<'static>>,
}

impl Interpreter {
    /// Compiles the built-in scripts and sets up the engine.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn build() -> Result<Self, String> {
        Self::of(Self::compile_built_ins()?.leak())
    }

    /// Sets up the engine from the output of [`Self::compile_built_ins`].
    pub(crate) fn of(compiled: &'static [u8]) -> Result<Self, String> {
        let readable = |error: rquickjs::Error| error.to_string();
        let runtime = Runtime::new().map_err(readable)?;
        runtime.set_memory_limit(MEMORY_LIMIT);
        runtime.set_max_stack_size(STACK_LIMIT);
        runtime.set_gc_threshold(COLLECTION_THRESHOLD);
        let host = Rc::new(Host::default());
        host.modules
            .keep(compiled)
            .ok_or("what was compiled cannot be read")?;
        let watched = Rc::clone(&host);
        runtime.set_interrupt_handler(Some(Box::new(move || watched.is_over())));
        let loader = modules::Compiled(Rc::downgrade(&host));
        runtime.set_loader(modules::BuiltIns, loader);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(readable)?;
        let entry = context.with(|ctx| {
            Self::load(&ctx, &host)
                .catch(&ctx)
                .map_err(|error| error.to_string())
        })?;
        let rejections = Rejections::default();
        rejections.watch(&runtime);
        runtime.run_gc();
        Ok(Self {
            context,
            host,
            entry,
            rejections,
            _runtime: runtime,
        })
    }

    /// Frees what only refers to itself.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn collect_garbage(&self) {
        self.context.runtime().run_gc();
    }

    /// Compiles the built-in scripts for [`Self::of`] of this build, in a separate instance: it takes much memory.
    pub(crate) fn compile_built_ins() -> Result<Vec<u8>, String> {
        let readable = |error: rquickjs::Error| error.to_string();
        let runtime = Runtime::new().map_err(readable)?;
        runtime.set_max_stack_size(STACK_LIMIT);
        runtime.set_loader(modules::BuiltIns, modules::BuiltIns);
        let context = Context::custom::<Intrinsics>(&runtime).map_err(readable)?;
        context.with(|ctx| {
            modules::compile(&ctx)
                .catch(&ctx)
                .map_err(|error| error.to_string())
        })
    }

    /// Evaluates the modules that every script needs, and keeps the functions that Rust calls.
    fn load(ctx: &Ctx<'_>, host: &Rc<Host>) -> rquickjs::Result<Entry> {
        let globals = ctx.globals();
        let natives = Object::new(ctx.clone())?;
        host.install(ctx, &natives)?;
        globals.set("__host", natives.clone())?;
        stack::keep_getter(ctx)?;
        let main = host.modules.exports(ctx, modules::MAIN)?;
        let plain = PlainData::new(ctx)?;
        natives.set(
            "isPlain",
            Function::new(ctx.clone(), move |value: Value<'_>| {
                plain.is_plain(value.ctx(), &value)
            })?,
        )?;
        let reserve = |ctx: Ctx<'_>| use_memory_reserve(&ctx);
        natives.set("useMemoryReserve", Function::new(ctx.clone(), reserve)?)?;
        globals.remove("__host")?;
        let keep = |name: &str| -> rquickjs::Result<Persistent<Function<'static>>> {
            Ok(Persistent::save(ctx, main.get::<_, Function<'_>>(name)?))
        };
        Ok(Entry {
            run_module: keep("runModule")?,
            run_common_js: keep("runCommonJs")?,
            load_common_js: keep("loadCommonJs")?,
            provide_hook: keep("provideHook")?,
            on_timer: keep("onTimer")?,
            on_fetched: keep("onFetched")?,
            on_idle: keep("onIdle")?,
            kind_of_error: keep("kindOfError")?,
            request_of: keep("requestOf")?,
            to_vetoes: keep("toVetoes")?,
        })
    }
}

/// Raises the memory limit by the reserve, for the rest of the run.
pub(crate) fn use_memory_reserve(ctx: &Ctx<'_>) {
    // SAFETY: the context is alive, and so is its runtime.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetMemoryLimit(runtime, (MEMORY_LIMIT + MEMORY_RESERVE) as _);
    }
}

#[cfg(test)]
mod tests;
