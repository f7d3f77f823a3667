//! Compiled code in the engine: a module or function that has not run.

use std::ffi::CStr;

use hookpoint_script_protocol::Form;
use rquickjs::{Ctx, Error, Result, Value, qjs};

/// Every script's name inside its sandbox; the host knows the author's.
pub(crate) const FILE: &str = "hook.js";
const FILE_C: &CStr = c"hook.js";

/// A compiled module, or the compiled top level of a script.
#[derive(Clone)]
pub(crate) struct Code<'js>(Value<'js>);

// SAFETY: the only lifetime is that of the inner value.
unsafe impl<'js> rquickjs::JsLifetime<'js> for Code<'js> {
    type Changed<'to> = Code<'to>;
}

impl<'js> Code<'js> {
    /// Compiles a source in the given form, that of a `CommonJS` script in its wrapper. Its third line is the author's first.
    pub(crate) fn compile(ctx: &Ctx<'js>, source: &str, form: Form) -> Result<Self> {
        let mut text = Vec::with_capacity(source.len() + 1);
        text.extend_from_slice(source.as_bytes());
        text.push(0);
        let text = CStr::from_bytes_with_nul(&text).map_err(|_| Error::Unknown)?;
        let flags = match form {
            Form::Module => qjs::JS_EVAL_TYPE_MODULE | qjs::JS_EVAL_FLAG_STRICT,
            Form::CommonJs => qjs::JS_EVAL_TYPE_GLOBAL,
        } | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
        let mut options = qjs::JSEvalOptions {
            version: qjs::JS_EVAL_OPTIONS_VERSION as _,
            eval_flags: flags as _,
            filename: FILE_C.as_ptr(),
            // Two lines go before the author's first. Zero would mean the default, one.
            line_num: -1,
        };
        // SAFETY: text and name end with a NUL, which the length excludes.
        let value = unsafe {
            qjs::JS_Eval2(
                ctx.as_raw().as_ptr(),
                text.as_ptr(),
                source.len() as _,
                &raw mut options,
            )
        };
        Self::of(ctx, value)
    }

    /// Reads the output of [`Self::write`]. Forged bytecode can do no more than a script, thanks to the sandbox.
    pub(crate) fn read(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Self> {
        let code = Self::read_unresolved(ctx, bytes)?;
        code.resolve(ctx)?;
        Ok(code)
    }

    /// As [`Self::read`], but without resolving a module's imports.
    pub(crate) fn read_unresolved(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the length is the buffer's. Forged bytecode may break the engine, which the sandbox contains.
        let value = unsafe {
            qjs::JS_ReadObject(
                ctx.as_raw().as_ptr(),
                bytes.as_ptr(),
                bytes.len() as _,
                qjs::JS_READ_OBJ_BYTECODE as _,
            )
        };
        Self::of(ctx, value)
    }

    /// Resolves a module's imports.
    pub(crate) fn resolve(&self, ctx: &Ctx<'js>) -> Result<()> {
        if self.0.is_module() {
            // SAFETY: the value is a module, which was just checked.
            let status = unsafe { qjs::JS_ResolveModule(ctx.as_raw().as_ptr(), self.0.as_raw()) };
            if status < 0 {
                return Err(Error::Exception);
            }
        }
        Ok(())
    }

    /// Serialises the code for [`Self::read`] of the same engine, sources of functions included: scripts may inspect a
    /// function's text, for instance to tell a class from a function.
    pub(crate) fn write(&self, ctx: &Ctx<'js>) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the engine returns null or a buffer of the length it wrote.
        unsafe {
            let buffer = qjs::JS_WriteObject(
                ctx.as_raw().as_ptr(),
                &raw mut length,
                self.0.as_raw(),
                qjs::JS_WRITE_OBJ_BYTECODE as _,
            );
            if buffer.is_null() {
                return Err(Error::Exception);
            }
            let bytes = std::slice::from_raw_parts(buffer, length as _).to_vec();
            qjs::js_free(ctx.as_raw().as_ptr(), buffer.cast());
            Ok(bytes)
        }
    }

    /// Runs the code: a module returns the promise of its evaluation, a script its last value.
    pub(crate) fn run(&self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        // SAFETY: the engine consumes the reference duplicated here.
        let value = unsafe {
            let pointer = ctx.as_raw().as_ptr();
            qjs::JS_EvalFunction(pointer, qjs::JS_DupValue(pointer, self.0.as_raw()))
        };
        Self::of(ctx, value).map(|Self(value)| value)
    }

    /// A module's exports; fails for a script.
    pub(crate) fn exports(&self, ctx: &Ctx<'js>) -> Result<rquickjs::Object<'js>> {
        if !self.0.is_module() {
            return Err(Error::Unknown);
        }
        // SAFETY: the value is a module, which was just checked.
        let value = unsafe {
            qjs::JS_GetModuleNamespace(
                ctx.as_raw().as_ptr(),
                qjs::JS_VALUE_GET_PTR(self.0.as_raw()).cast(),
            )
        };
        Self::of(ctx, value).and_then(|Self(value)| value.into_object().ok_or(Error::Unknown))
    }

    /// The engine's module; `None` for a script.
    pub(crate) fn module(&self) -> Option<*mut qjs::JSModuleDef> {
        self.0
            .is_module()
            // SAFETY: the value is a module, which was just checked.
            .then(|| unsafe { qjs::JS_VALUE_GET_PTR(self.0.as_raw()).cast() })
    }

    pub(crate) fn form(&self) -> Form {
        if self.0.is_module() {
            Form::Module
        } else {
            Form::CommonJs
        }
    }

    fn of(ctx: &Ctx<'js>, value: qjs::JSValue) -> Result<Self> {
        // SAFETY: the engine returned the value with its own reference.
        let value = unsafe { Value::from_raw(ctx.clone(), value) };
        if value.is_exception() {
            return Err(Error::Exception);
        }
        Ok(Self(value))
    }
}
