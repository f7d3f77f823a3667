//! Compiles sources and reads bytecode, without running anything.

use std::borrow::Cow;

use hookpoint_script_protocol::{CompileRequest, Failure, FailureKind, Form};
use rquickjs::Ctx;

use super::{code::Code, host::Host, thrown};

/// Goes before a module: on the first line of a text the engine counts some columns from 0 and others from 1. [`Code::compile`] counts
/// lines from -1, so that the author's first is line 1.
const BEFORE: &str = "\n\n";
/// Goes before a `CommonJS` source.
const WRAPPER: &str = "\n(function (exports, require, module, __filename, __dirname, global) {\n";

/// Compiles a source in the form it is in, or reads bytecode.
pub(crate) fn compile<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    body: &[u8],
    request: &CompileRequest,
) -> Result<Code<'js>, Failure> {
    if request.is_bytecode {
        return Code::read(ctx, body).map_err(|error| thrown::compile_failure(ctx, host, &error));
    }
    let source = std::str::from_utf8(body).map_err(|_| thrown::not_utf8())?;
    // Drop a byte order mark.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    if source.contains('\0') {
        return Err(thrown::contains_nul(source));
    }
    // A line for the shell is a comment, and is one for the engine only where nothing goes before it.
    let source = match source.strip_prefix("#!") {
        Some(rest) => Cow::Owned(format!("//{rest}")),
        None => Cow::Borrowed(source),
    };
    match request.form {
        Some(form) => compile_as(ctx, host, &source, form),
        None => compile_as_found(ctx, host, &source),
    }
}

/// Compiles a source in the form in which it parses. `import` and `export` declarations are errors in the `CommonJS`
/// form, so a source that parses in it has that form.
fn compile_as_found<'js>(ctx: &Ctx<'js>, host: &Host, source: &str) -> Result<Code<'js>, Failure> {
    let failure = match compile_as(ctx, host, source, Form::CommonJs) {
        Err(failure) if failure.kind == FailureKind::Syntax => failure,
        compiled => return compiled,
    };
    compile_as(ctx, host, source, Form::Module).map_err(|other| {
        // Report the error of the parser that got further. Without a place, it got to the end, and a module is missing.
        if other.frames.is_empty() || other.place() >= failure.place() {
            other
        } else {
            failure
        }
    })
}

fn compile_as<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    source: &str,
    form: Form,
) -> Result<Code<'js>, Failure> {
    let compiled = match form {
        Form::Module => Code::compile(ctx, &format!("{BEFORE}{source}"), form),
        // The last line may be a comment without a line break.
        Form::CommonJs => Code::compile(ctx, &format!("{WRAPPER}{source}\n}})"), form),
    };
    compiled.map_err(|error| thrown::compile_failure(ctx, host, &error))
}

#[cfg(test)]
mod tests {
    use std::mem::ManuallyDrop;

    use crate::interpreter::Interpreter;

    use super::*;

    fn form_of(interpreter: &Interpreter, source: &str) -> Option<Form> {
        interpreter.context.with(|ctx| {
            let request = CompileRequest {
                form: None,
                is_bytecode: false,
                wants_bytecode: false,
            };
            compile(&ctx, &interpreter.host, source.as_bytes(), &request)
                .ok()
                .map(|code| code.form())
        })
    }

    #[test]
    fn declarations_make_a_module_and_look_alikes_do_not() {
        let interpreter = ManuallyDrop::new(Interpreter::build().unwrap());
        for (source, form) in [
            ("export default () => ({})", Form::Module),
            ("const a = 1;export{a as default};", Form::Module),
            ("import qs from 'node:querystring'\n", Form::Module),
            ("import{parse}from'url';", Form::Module),
            ("function f(){}export default f", Form::Module),
            ("const r=/[\"']/g,q=/'/;export{r as default}", Form::Module),
            ("const d=a=>a/2;let a=/`/;export default d", Form::Module),
            ("const t=`${`'${1}`}\"`;export default()=>t", Form::Module),
            (
                "export default await Promise.resolve(() => ({}))",
                Form::Module,
            ),
            ("module.exports = async () => {}", Form::CommonJs),
            (
                "// export default was the old form\nmodule.exports = 1",
                Form::CommonJs,
            ),
            (
                "/*\nexport default x\n*/ module.exports = 1",
                Form::CommonJs,
            ),
            (
                "const help = `\nimport x from 'y'\n`; module.exports = 1",
                Form::CommonJs,
            ),
            (
                "const s = 'a\\'; export default 1'; module.exports = 1",
                Form::CommonJs,
            ),
            (
                "const r = /\nexport default/.source; module.exports = r"
                    .replace('\n', "n")
                    .leak(),
                Form::CommonJs,
            ),
            (
                "exports.a = 1; const exported = 2; module.exports = exported",
                Form::CommonJs,
            ),
            ("import('url').then(() => {})", Form::CommonJs),
            ("#!/bin/sh\nmodule.exports = 1", Form::CommonJs),
            ("#!/bin/sh\nexport default 1", Form::Module),
            (
                "if (0) return; with ({}) module.exports = 1",
                Form::CommonJs,
            ),
            ("", Form::CommonJs),
        ] {
            assert_eq!(form_of(&interpreter, source), Some(form), "{source}");
        }
        for broken in ["`", "/*", "'\\", "export default", "import"] {
            assert_eq!(form_of(&interpreter, broken), None, "{broken}");
        }
    }
}
