//! The JavaScript engine, set up once when the image is made and part of it from then on.

use std::rc::Rc;

use rquickjs::{
    CatchResultExt, Context, Ctx, Function, Object, Persistent, Runtime, Value, context::intrinsic,
};

use super::{
    host::{Host, modules},
    run::{PlainData, Rejections},
};

/// What a script's values may occupy.
pub(crate) const MEMORY_LIMIT: usize = 32 << 20;
/// How deep calls may nest, in bytes of stack.
const STACK_LIMIT: usize = 512 << 10;
/// Cycles are collected from here on; the built-ins alone are more than the engine's default of 256 KB.
const COLLECTION_THRESHOLD: usize = 4 << 20;

/// What a hook may use. Left out: `WeakRef` and `FinalizationRegistry` (they observe the collector), `Performance` (ours has the
/// same clock), and what shares memory between threads.
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

/// A runtime with its one context and the functions through which Rust calls into it.
pub(crate) struct Interpreter {
    pub(crate) context: Context,
    pub(crate) host: Rc<Host>,
    pub(crate) entry: Entry,
    pub(crate) rejections: Rejections,
    // The last field, so that it is dropped last.
    _runtime: Runtime,
}

/// The built-in functions that Rust calls. They are held from here, not looked up: a script can replace any global.
pub(crate) struct Entry {
    pub(crate) run_module: Persistent<Function<'static>>,
    pub(crate) run_common_js: Persistent<Function<'static>>,
    pub(crate) load_common_js: Persistent<Function<'static>>,
    pub(crate) provide_hook: Persistent<Function<'static>>,
    pub(crate) on_timer: Persistent<Function<'static>>,
    pub(crate) on_fetched: Persistent<Function<'static>>,
    pub(crate) on_idle: Persistent<Function<'static>>,
    pub(crate) kind_of_error: Persistent<Function<'static>>,
}

impl Interpreter {
    /// Sets everything up.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn build() -> Result<Self, String> {
        Self::of(Self::compile_built_ins()?.leak())
    }

    /// Sets everything up, from what [`Self::compile_built_ins`] returned.
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

    /// Compiles the built-in scripts, for [`Self::of`] of the same build. It takes much memory, so an image is made by another instance.
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

    /// Evaluates the built-in modules that every script needs, and keeps what Rust calls.
    fn load(ctx: &Ctx<'_>, host: &Rc<Host>) -> rquickjs::Result<Entry> {
        let globals = ctx.globals();
        let natives = Object::new(ctx.clone())?;
        host.install(ctx, &natives)?;
        globals.set("__host", natives.clone())?;
        let main = host.modules.exports(ctx, modules::MAIN)?;
        let plain = PlainData::new(ctx)?;
        natives.set(
            "isPlain",
            Function::new(ctx.clone(), move |value: Value<'_>| {
                plain.is_plain(value.ctx(), &value)
            })?,
        )?;
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
        })
    }
}

#[cfg(test)]
mod tests;
