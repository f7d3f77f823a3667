//! From source to something that can be run, without running it.

use rquickjs::{Ctx, Function, Module, context::EvalOptions, module::Declared};

use super::{form, host::Host, thrown};
use crate::message::{FailureHeader, Form};

/// The name of every script inside its sandbox; what the author calls it is the parent's business.
pub(crate) const FILE: &str = "hook.js";
/// Stands on a line of its own before a `CommonJS` source, so that columns are the author's.
const WRAPPER: &str = "(function (exports, require, module, __filename, __dirname, global) {\n";
/// How many lines that adds.
const WRAPPER_LINES: u32 = 1;

/// A compiled script.
pub(crate) enum Compiled<'js> {
    /// An ES module.
    Module(Module<'js, Declared>),
    /// The function that makes the `CommonJS` module.
    CommonJs(Function<'js>),
}

/// Compiles a source in the form it is in.
///
/// Nothing of it runs. (A `CommonJS` source that closes the function around it does run its rest here, inside the same limits and
/// with no event, secret or fetch in sight; it gains nothing.)
pub(crate) fn compile<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    source: Vec<u8>,
    form: Option<Form>,
) -> Result<Compiled<'js>, FailureHeader> {
    let source = String::from_utf8(source).map_err(|_| thrown::not_utf8())?;
    if source.contains('\0') {
        return Err(thrown::contains_nul(&source));
    }
    let first = form.unwrap_or_else(|| form::guess(&source));
    match compile_as(ctx, host, &source, first) {
        Ok(compiled) => Ok(compiled),
        Err(failure) if form.is_none() && failure.kind == crate::message::FailureKind::Syntax => {
            let second = match first {
                Form::Module => Form::CommonJs,
                Form::CommonJs => Form::Module,
            };
            // The message of the form it looked like is the better one.
            compile_as(ctx, host, &source, second).map_err(|_| failure)
        }
        Err(failure) => Err(failure),
    }
}

fn compile_as<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    source: &str,
    form: Form,
) -> Result<Compiled<'js>, FailureHeader> {
    match form {
        Form::Module => Module::declare(ctx.clone(), FILE, source)
            .map(Compiled::Module)
            .map_err(|error| thrown::compile_failure(ctx, host, &error, 0)),
        Form::CommonJs => {
            let mut options = EvalOptions::default();
            options.strict = false;
            options.filename = Some(FILE.to_owned());
            // A last line without line end may be a comment.
            ctx.eval_with_options(format!("{WRAPPER}{source}\n}})"), options)
                .map(Compiled::CommonJs)
                .map_err(|error| thrown::compile_failure(ctx, host, &error, WRAPPER_LINES))
        }
    }
}

impl Compiled<'_> {
    /// How many lines stand before the author's first.
    pub(crate) fn extra_lines(&self) -> u32 {
        match self {
            Self::Module(_) => 0,
            Self::CommonJs(_) => WRAPPER_LINES,
        }
    }
}
