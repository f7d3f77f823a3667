//! The calls of the host: compile, evaluate, start, resume, and those that prepare built-in modules.

use hookpoint_script_protocol::{
    CompileRequest, Compiled, Events, FailureKind, Reply, Waiting, encode, split,
};
use rquickjs::{Ctx, Function, Persistent};

use crate::{
    code::Code,
    compile,
    interpreter::Interpreter,
    run::{Output, Run, Turn},
    thrown::{engine_failure, failure},
};

/// An interpreter and its one script. Each method takes and returns a message of `hookpoint-script-protocol`.
pub struct Guest {
    interpreter: Interpreter,
    code: Option<Persistent<Code<'static>>>,
    exported: Option<Persistent<Function<'static>>>,
    run: Option<Run>,
    /// Number of built-in modules that were loaded before the script was compiled or its run began.
    built_in: usize,
}

impl Guest {
    /// Evaluates the built-in scripts.
    ///
    /// # Errors
    /// Says which built-in script does not load.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new() -> Result<Self, String> {
        Interpreter::build().map(Self::with)
    }

    /// As `new`, with the built-in scripts that another instance compiled.
    ///
    /// # Errors
    /// Says which built-in script does not load.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn of(compiled: &'static [u8]) -> Result<Self, String> {
        Interpreter::of(compiled).map(Self::with)
    }

    fn with(interpreter: Interpreter) -> Self {
        Self {
            built_in: interpreter.host.modules.count(),
            interpreter,
            code: None,
            exported: None,
            run: None,
        }
    }

    /// Compiles a source or reads bytecode; returns bytecode if requested.
    pub fn compile(&mut self, message: &[u8]) -> Vec<u8> {
        let Some((request, body)) = split::<CompileRequest>(message) else {
            return nonsense();
        };
        let host = &self.interpreter.host;
        host.begin();
        let code = &mut self.code;
        let output = self.interpreter.context.with(|ctx| {
            let compiled = match compile::compile(&ctx, host, body, &request) {
                Ok(compiled) => compiled,
                Err(failure) => return Output::failed(failure),
            };
            let form = compiled.form();
            let bytecode = if request.wants_bytecode {
                compiled.write(&ctx).unwrap_or_default()
            } else {
                Vec::new()
            };
            *code = Some(Persistent::save(&ctx, compiled));
            Output {
                reply: Reply::Compiled(Compiled { form }),
                body: bytecode,
            }
        });
        message_of(&output)
    }

    /// Evaluates the compiled top level as far as possible without a host.
    pub fn evaluate(&mut self) -> Vec<u8> {
        let mut exported = None;
        let output = self.turn(|turn| match turn.evaluate() {
            Ok(Some(function)) => {
                exported = Some(Persistent::save(turn.ctx, function));
                Output::bare(Reply::Evaluated)
            }
            Ok(None) => Output::bare(Reply::Waiting(Waiting::default())),
            Err(failure) => Output::failed(failure),
        });
        self.exported = exported;
        output
    }

    /// Frees what only refers to itself.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn collect_garbage(&self) {
        self.interpreter.collect_garbage();
    }

    /// Begins a run, up to its end or its first wait.
    pub fn start(&mut self, message: &[u8]) -> Vec<u8> {
        self.built_in = self.interpreter.host.modules.count();
        let exported = self.exported.take();
        let mut started = None;
        let output = self.turn(|turn| {
            let exported = exported.and_then(|function| function.restore(turn.ctx).ok());
            match turn.start(exported, message) {
                Ok(mut run) => {
                    let output = turn.advance(&mut run, Events::default(), &[]);
                    started = Some(run);
                    output
                }
                Err(failure) => Output::failed(failure),
            }
        });
        self.run = started;
        output
    }

    /// Continues a run that waited.
    pub fn resume(&mut self, message: &[u8]) -> Vec<u8> {
        let (Some((events, body)), Some(mut run)) = (split::<Events>(message), self.run.take())
        else {
            return nonsense();
        };
        let output = self.turn(|turn| turn.advance(&mut run, events, body));
        self.run = Some(run);
        output
    }

    /// The built-in modules that the script imports or, after [`Self::start`], that its run loaded: a byte for each.
    pub fn loaded(&self) -> Vec<u8> {
        self.interpreter.host.modules.since(self.built_in)
    }

    /// Evaluates built-in modules that [`Self::loaded`] named.
    pub fn load(&self, modules: &[u8]) -> Vec<u8> {
        let host = &self.interpreter.host;
        let output = self.interpreter.context.with(|ctx: Ctx<'_>| {
            match host.modules.evaluate(&ctx, modules) {
                Ok(()) => Output::bare(Reply::Evaluated),
                Err(error) => Output::failed(engine_failure(&ctx, host, &error)),
            }
        });
        message_of(&output)
    }

    fn turn(&self, action: impl FnOnce(&Turn<'_, '_>) -> Output) -> Vec<u8> {
        let Some(code) = self.code.clone() else {
            return nonsense();
        };
        let output = self.interpreter.context.with(|ctx: Ctx<'_>| {
            let Ok(code) = code.restore(&ctx) else {
                return Output::failed(failure(FailureKind::Threw, "no script was compiled"));
            };
            action(&Turn {
                ctx: &ctx,
                interpreter: &self.interpreter,
                code: &code,
            })
        });
        message_of(&output)
    }
}

fn message_of(output: &Output) -> Vec<u8> {
    encode(&output.reply, &[&output.body])
}

/// The reply to an invalid message, which the host never sends.
fn nonsense() -> Vec<u8> {
    let failure = failure(FailureKind::Threw, "the host's message cannot be read");
    message_of(&Output::failed(failure))
}
