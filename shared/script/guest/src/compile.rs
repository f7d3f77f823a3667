//! From source, or from bytecode, to code. Nothing of it runs here.

use std::ffi::CStr;

use hookpoint_script_protocol::{CompileRequest, Failure, FailureKind, Form};
use rquickjs::Ctx;

use super::{code::Code, form, host::Host, thrown};

/// The name of every script inside its sandbox; what the author calls it is the host's business.
pub(crate) const FILE: &str = "hook.js";
pub(crate) const FILE_C: &CStr = c"hook.js";
/// Stands on a line of its own before a `CommonJS` source, so that columns are the author's.
const WRAPPER: &str = "(function (exports, require, module, __filename, __dirname, global) {\n";

/// How many lines stand before the author's first.
pub(crate) fn extra_lines(form: Form) -> u32 {
    match form {
        Form::Module => 0,
        Form::CommonJs => 1,
    }
}

/// Compiles a source in the form it is in, or reads bytecode.
pub(crate) fn compile<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    body: &[u8],
    request: &CompileRequest,
) -> Result<Code<'js>, Failure> {
    if request.is_bytecode {
        return Code::read(ctx, body)
            .map_err(|error| thrown::compile_failure(ctx, host, &error, 0));
    }
    let source = std::str::from_utf8(body).map_err(|_| thrown::not_utf8())?;
    // A byte order mark is no part of the text.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    if source.contains('\0') {
        return Err(thrown::contains_nul(source));
    }
    let first = request.form.unwrap_or_else(|| form::guess(source));
    match compile_as(ctx, host, source, first) {
        Ok(code) => Ok(code),
        Err(failure) if request.form.is_none() && failure.kind == FailureKind::Syntax => {
            let second = match first {
                Form::Module => Form::CommonJs,
                Form::CommonJs => Form::Module,
            };
            // The message of the form it looked like is the better one.
            compile_as(ctx, host, source, second).map_err(|_| failure)
        }
        Err(failure) => Err(failure),
    }
}

fn compile_as<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    source: &str,
    form: Form,
) -> Result<Code<'js>, Failure> {
    let compiled = match form {
        Form::Module => Code::compile(ctx, source, form),
        // A last line without line end may be a comment.
        Form::CommonJs => Code::compile(ctx, &format!("{WRAPPER}{source}\n}})"), form),
    };
    compiled.map_err(|error| thrown::compile_failure(ctx, host, &error, extra_lines(form)))
}
