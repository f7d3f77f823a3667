//! The built-in modules; there are no others.
//!
//! All are compiled when the image is made, and kept as bytecode without sources. Those that every script needs are
//! evaluated then, too, the others on first use.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ffi::c_char,
    ptr,
    rc::{Rc, Weak},
};

use hookpoint_script_protocol::push_part;
use rquickjs::{
    Ctx, Error, Exception, Function, Module, Object, Persistent, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::{Declared, WriteOptions},
    qjs,
};

use super::{Host, sources};
use crate::code::Code;

/// Sets up the globals and exports the functions that Rust calls.
pub(crate) const MAIN: &str = "hookpoint:main";

/// A module that scripts may import.
const PUBLIC: [&str; 2] = ["node:", "hookpoint:password"];

fn is_public(name: &str) -> bool {
    name.starts_with(PUBLIC[0]) || name == PUBLIC[1]
}

/// A module that was loaded.
struct BuiltIn {
    code: Persistent<Code<'static>>,
    /// Set during evaluation: a module that requires it then gets its exports so far.
    is_evaluating: bool,
}

/// Compiled and loaded modules, by name.
#[derive(Default)]
pub(crate) struct Modules {
    compiled: RefCell<BTreeMap<&'static str, &'static [u8]>>,
    loaded: RefCell<BTreeMap<&'static str, BuiltIn>>,
    /// Names of the loaded modules, in the order in which they were loaded.
    order: RefCell<Vec<&'static str>>,
}

impl Modules {
    /// Keeps the output of [`compile`]; returns `None` if it is invalid.
    pub(crate) fn keep(&self, mut compiled: &'static [u8]) -> Option<()> {
        let mut kept = self.compiled.borrow_mut();
        for name in sources::names() {
            let (length, rest) = compiled.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            kept.insert(name, rest.get(..length)?);
            compiled = &rest[length..];
        }
        compiled.is_empty().then_some(())
    }

    /// Loads a module at first use, without its imports.
    fn load<'js>(&self, ctx: &Ctx<'js>, name: &str) -> Result<Code<'js>> {
        if let Some(built_in) = self.loaded.borrow().get(name) {
            return built_in.code.clone().restore(ctx);
        }
        let (name, bytes) = self
            .compiled
            .borrow()
            .get_key_value(name)
            .map(|(name, bytes)| (*name, *bytes))
            .ok_or_else(|| Error::new_loading(name))?;
        let code = Code::read_unresolved(ctx, bytes)?;
        let built_in = BuiltIn {
            code: Persistent::save(ctx, code.clone()),
            is_evaluating: false,
        };
        self.loaded.borrow_mut().insert(name, built_in);
        self.order.borrow_mut().push(name);
        Ok(code)
    }

    /// Number of modules loaded so far.
    pub(crate) fn count(&self) -> usize {
        self.order.borrow().len()
    }

    /// The modules that were loaded when there were `count` already, as numbers for [`Self::evaluate`].
    pub(crate) fn since(&self, count: usize) -> Vec<u8> {
        let order = self.order.borrow();
        let later = order.get(count..).unwrap_or_default().iter();
        let number = |name: &&str| sources::names().position(|known| known == *name);
        later
            .filter_map(|name| u8::try_from(number(name)?).ok())
            .collect()
    }

    /// Evaluates modules ahead of the script that uses them. There may be no module of a number.
    pub(crate) fn evaluate(&self, ctx: &Ctx<'_>, numbers: &[u8]) -> Result<()> {
        for number in numbers {
            if let Some(name) = sources::names().nth(usize::from(*number)) {
                self.exports(ctx, name)?;
            }
        }
        Ok(())
    }

    /// Evaluates a module at first use; returns its exports.
    pub(crate) fn exports<'js>(&self, ctx: &Ctx<'js>, name: &str) -> Result<Object<'js>> {
        let code = self.load(ctx, name)?;
        let evaluating = |is: bool| {
            let mut loaded = self.loaded.borrow_mut();
            loaded
                .get_mut(name)
                .is_some_and(|built_in| std::mem::replace(&mut built_in.is_evaluating, is))
        };
        if !evaluating(true) {
            let outcome = code.resolve(ctx).and_then(|()| code.run(ctx));
            evaluating(false);
            if let Some(promise) = outcome?.into_promise()
                && let Some(result) = promise.result::<rquickjs::Value<'_>>()
            {
                result?;
            }
        }
        code.exports(ctx)
    }
}

/// Loads compiled modules.
pub(crate) struct Compiled(pub(crate) Weak<Host>);

impl Loader for Compiled {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        thread_local! {
            static MODULE: Cell<*mut qjs::JSModuleDef> = const { Cell::new(ptr::null_mut()) };
        }
        unsafe extern "C" fn take(
            _: *mut qjs::JSContext,
            _: *const c_char,
        ) -> *mut qjs::JSModuleDef {
            MODULE.take()
        }
        let host = self.0.upgrade().ok_or_else(|| Error::new_loading(name))?;
        let code = host.modules.load(ctx, name)?;
        MODULE.set(code.module().ok_or_else(|| Error::new_loading(name))?);
        // SAFETY: `take` returns the module just loaded into this context.
        unsafe { Module::from_load_fn(ctx.clone(), name, take) }
    }
}

/// Natives for `require`.
pub(crate) fn install<'js>(host: &Rc<Host>, ctx: &Ctx<'js>, natives: &Object<'js>) -> Result<()> {
    let modules = Rc::clone(host);
    natives.set(
        "builtIn",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, name: String| {
            if sources::names().any(|known| known == name) {
                modules.modules.exports(&ctx, &name).map(Some)
            } else {
                Ok(None)
            }
        })?,
    )?;
    natives.set("offered", Function::new(ctx.clone(), offered)?)
}

/// Compiles every module. Use a separate context, since it keeps the sources.
pub(crate) fn compile(ctx: &Ctx<'_>) -> Result<Vec<u8>> {
    let mut compiled = Vec::new();
    for name in sources::names() {
        let source = sources::of(name).unwrap_or_default();
        let options = WriteOptions {
            strip_source: true,
            strip_debug: true,
            ..WriteOptions::default()
        };
        let bytes = Module::declare(ctx.clone(), name, source)?.write(options)?;
        push_part(&mut compiled, &bytes);
    }
    Ok(compiled)
}

/// Erases the modules' sources, once all are compiled.
///
/// # Safety
/// Nothing may compile a module during or after the call.
#[cfg(target_arch = "wasm32")]
pub(crate) unsafe fn wipe_sources() {
    // SAFETY: the caller guarantees it.
    unsafe { sources::wipe() }
}

/// Resolves and loads built-in modules.
pub(crate) struct BuiltIns;

impl Resolver for BuiltIns {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        // Scripts are named `hook.js`, so none can pass for a built-in. An empty base is Rust.
        let from_built_in = base.is_empty()
            || ["hookpoint:", "node:", "package:"]
                .iter()
                .any(|prefix| base.starts_with(prefix));
        if (from_built_in || is_public(name)) && sources::names().any(|known| known == name) {
            return Ok(name.to_owned());
        }
        let full = format!("node:{name}");
        if sources::names().any(|known| known == full) {
            return Ok(full);
        }
        Err(Exception::throw_reference(
            ctx,
            &format!(
                "cannot find module '{name}': the sandbox offers {}; bundle anything else into the hook",
                offered()
            ),
        ))
    }
}

impl Loader for BuiltIns {
    /// Loads from source, for the context that compiles the modules.
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let source = sources::of(name).ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, source)
    }
}

/// The modules that scripts may import.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    sources::names()
        .filter(|name| is_public(name))
        .map(|name| name.strip_prefix("node:").unwrap_or(name))
}

/// Those modules as a list for messages.
fn offered() -> String {
    names().collect::<Vec<_>>().join(", ")
}
