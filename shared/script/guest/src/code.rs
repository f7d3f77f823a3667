//! Compiled code, as the engine holds it: a module or a function that nothing has run yet.

use std::ffi::CStr;

use hookpoint_script_protocol::Form;
use rquickjs::{Ctx, Error, Result, Value, qjs};

use super::compile::FILE_C;

/// A module, or the top level of a script, compiled and not run.
#[derive(Clone)]
pub(crate) struct Code<'js>(Value<'js>);

// SAFETY: the one lifetime is that of the value inside.
unsafe impl<'js> rquickjs::JsLifetime<'js> for Code<'js> {
    type Changed<'to> = Code<'to>;
}

impl<'js> Code<'js> {
    /// Compiles a source.
    pub(crate) fn compile(ctx: &Ctx<'js>, source: &str, form: Form) -> Result<Self> {
        let mut text = Vec::with_capacity(source.len() + 1);
        text.extend_from_slice(source.as_bytes());
        text.push(0);
        let text = CStr::from_bytes_with_nul(&text).map_err(|_| Error::Unknown)?;
        let flags = match form {
            Form::Module => qjs::JS_EVAL_TYPE_MODULE | qjs::JS_EVAL_FLAG_STRICT,
            Form::CommonJs => qjs::JS_EVAL_TYPE_GLOBAL,
        } | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
        // SAFETY: text and name end with a NUL, and the length leaves it out, as the engine asks.
        let value = unsafe {
            qjs::JS_Eval(
                ctx.as_raw().as_ptr(),
                text.as_ptr(),
                source.len() as _,
                FILE_C.as_ptr(),
                flags as _,
            )
        };
        Self::of(ctx, value)
    }

    /// Reads what [`Self::write`] wrote. Inside the sandbox, bytecode that was made up can do no more than a script can.
    pub(crate) fn read(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Self> {
        let code = Self::read_unresolved(ctx, bytes)?;
        code.resolve(ctx)?;
        Ok(code)
    }

    /// As [`Self::read`], but without the modules that a module imports.
    pub(crate) fn read_unresolved(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Self> {
        // SAFETY: the engine reads as many bytes as there are. Crafted bytecode may break the engine, which the sandbox expects.
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

    /// Finds the modules that a module imports.
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

    /// The code as bytes, for [`Self::read`] of the same engine. The sources of its functions are part of it: a script that asks a function
    /// for its text, to tell a class from a function for instance, must hear the same as when it was compiled.
    pub(crate) fn write(&self, ctx: &Ctx<'js>) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the engine returns a buffer of the length it writes, or null.
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

    /// Runs it: a module returns the promise of its evaluation, a script its last value.
    pub(crate) fn run(&self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        // SAFETY: the engine consumes one reference, so it is given one.
        let value = unsafe {
            let pointer = ctx.as_raw().as_ptr();
            qjs::JS_EvalFunction(pointer, qjs::JS_DupValue(pointer, self.0.as_raw()))
        };
        Self::of(ctx, value).map(|Self(value)| value)
    }

    /// What a module exports.
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

    /// The module that it is.
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
        // SAFETY: the engine returned the value with a reference of its own.
        let value = unsafe { Value::from_raw(ctx.clone(), value) };
        if value.is_exception() {
            return Err(Error::Exception);
        }
        Ok(Self(value))
    }
}
