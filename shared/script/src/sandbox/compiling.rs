//! Compiles sources without running them.

use std::{sync::Arc, time::Duration};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{CompiledForm, outcome::HookFailure},
};
use hookpoint_script_protocol::{CompileRequest, FailureKind, Form, SOURCE_LIMIT, encode};
use tokio::time::{Instant, timeout_at};

use super::{Inner, steps, unavailable};
use crate::{
    diagnostic::ScriptDiagnostic,
    failure,
    lines::Lines,
    machine::{Clocks, Trap},
    run_end::RunEnd,
    trace::Script,
};

/// How far to check a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Whether it compiles.
    Syntax,
    /// Whether it can run: its top level is evaluated too.
    Check,
    /// `Check`, and what to store.
    Stored(Ahead),
}

/// What is stored with a version, so that a container needs less time to start it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// The bytecode.
    Bytecode,
    /// The memory after the top level of a large script has run, if that is the same in every run; else the bytecode. Takes longer to make.
    Memory,
}

/// Bytecode (64 KB) from which the memory starts a run sooner.
const MEMORY_FROM: usize = 64 << 10;
/// Maximum size of a stored memory, so that DynamoDB returns it on one page with the source: 1 MB.
const MEMORY_LIMIT: usize = 640 << 10;

impl Inner {
    /// Returns what to store; no bytes unless wanted.
    pub(super) async fn compile(
        self: &Arc<Self>,
        name: &str,
        file: Option<&str>,
        form: Option<Form>,
        source: &str,
        wanted: Wanted,
        limit: Duration,
    ) -> Result<Result<(CompiledForm, Vec<u8>), ScriptDiagnostic>, HookFailure> {
        let file_name = file.unwrap_or(name);
        let wrong = |frames, message| {
            let lines = Lines::of(source);
            let script = Script {
                file: file_name,
                lines: &lines,
                is_bundle: false,
                origins: None,
            };
            ScriptDiagnostic::new(script, frames, message)
        };
        if source.len() > SOURCE_LIMIT {
            return Ok(Err(wrong(&[], failure::source_too_long(source.len()))));
        }
        let deadline = Deadline::after(Instant::now(), limit);
        let _place = timeout_at(deadline.instant(), self.places.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| unavailable("every place is taken"))?;
        let request = CompileRequest {
            form,
            is_bytecode: false,
            wants_bytecode: matches!(wanted, Wanted::Stored(_)),
        };
        let message = encode(&request, &[source.as_bytes()]);
        let clocks = Clocks::ending(deadline.instant().into_std());
        let inner = Arc::clone(self);
        let compiled = self
            .threads()?
            .run(move || {
                let compiled = inner.machine().map(|machine| {
                    let (bytecode, instance) = steps::compile_alone(&machine, &message, clocks)?;
                    let is_pure = wanted != Wanted::Syntax && steps::evaluate_alone(instance)?;
                    if is_pure
                        && wanted == Wanted::Stored(Ahead::Memory)
                        && bytecode.len() >= MEMORY_FROM
                        && let Some(memory) = steps::memory_of(&machine, &bytecode, clocks)
                        && memory.len() <= MEMORY_LIMIT
                    {
                        return Ok((CompiledForm::Memory, memory));
                    }
                    Ok((CompiledForm::Bytecode, bytecode))
                });
                (compiled, || ())
            })
            .await
            .map_err(|trap| unavailable(&format!("{trap:?}")))?
            .map_err(|message| unavailable(&message))?;
        match compiled {
            Ok(compiled) => Ok(Ok(compiled)),
            // Syntax errors are found early: a timeout says something about the machine, not the script.
            Err(RunEnd::Trapped(Trap::OutOfTime)) => Err(unavailable(&out_of_time(limit))),
            Err(RunEnd::Failure(failure)) if failure.kind == FailureKind::Timeout => {
                Err(unavailable(&out_of_time(limit)))
            }
            Err(RunEnd::Failure(failure)) => Ok(Err(wrong(&failure.frames, failure.message))),
            Err(other) => Ok(Err(wrong(&[], failure::explain(&other).1))),
        }
    }
}

fn out_of_time(limit: Duration) -> String {
    format!(
        "the script did not compile within {} ms, because the machine is busy or the script is very large; retry",
        limit.as_millis()
    )
}
