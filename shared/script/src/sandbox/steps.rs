//! The steps of a run: prepare an instance for its hook, start it, resume it. They run on the sandbox's threads.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hookpoint_engine::hook::{CompiledForm, Hook};
use hookpoint_script_protocol::{CompileRequest, Failure, Form, Reply, Waiting, encode};
use tokio::sync::{SemaphorePermit, TryAcquireError};

use super::Inner;
use crate::{
    INTERPRETER,
    machine::{Clocks, Instance, Log, Machine, Template, Trap},
    reply::read,
    run_end::RunEnd,
};

/// State of a run after one call of the guest.
pub(crate) enum Step {
    /// It ended.
    Ended(RunEnd, Log),
    /// It waits; the bytes hold the bodies of its requests.
    Waiting(Instance, Waiting, Vec<u8>),
}

/// Times that a template is made anew because a run loaded built-in modules that it lacks.
const LESSONS: u32 = 4;
/// Time to load built-in modules into a template.
const LESSON_LIMIT: Duration = Duration::from_secs(1);
/// How often a lesson asks for a place, and the wait in between: the run that it follows is about to leave its own.
const PLACE_ATTEMPTS: u32 = 3;
const PLACE_WAIT: Duration = Duration::from_millis(1);

/// Begins a run. Also returns the instance if the run ended: after sending the result, the caller lets [`learn`] look at it.
pub(crate) fn begin(
    inner: &Inner,
    machine: &Arc<Machine>,
    hook: &Hook,
    message: &[u8],
    clocks: Clocks,
) -> (Step, Option<Instance>) {
    let instance = match inner.templates.get(hook) {
        Some(template) => machine
            .instance(Some(&template), clocks)
            .map_err(RunEnd::from),
        None => ready(inner, machine, hook, clocks),
    };
    match instance {
        Ok(mut instance) => {
            let said = instance.start(message).map(read);
            step(instance, said)
        }
        Err(end) => (Step::Ended(end, Log::default()), None),
    }
}

pub(crate) fn resume(mut instance: Instance, message: &[u8]) -> (Step, Option<Instance>) {
    let said = instance.resume(message).map(read);
    step(instance, said)
}

/// Turns the guest's reply into a step.
fn step(
    mut instance: Instance,
    said: Result<Result<(Reply, Vec<u8>), String>, Trap>,
) -> (Step, Option<Instance>) {
    let end = match said {
        Ok(Ok((Reply::Waiting(waiting), body))) => {
            return (Step::Waiting(instance, waiting, body), None);
        }
        Ok(Ok((Reply::Result(rejections), body))) => RunEnd::Result(body, rejections),
        Ok(Ok((Reply::Failure(failure), _))) => RunEnd::Failure(failure),
        Ok(Ok((Reply::Compiled(_) | Reply::Evaluated, _))) => RunEnd::Trapped(unexpected_reply()),
        Ok(Err(message)) => RunEnd::Trapped(Trap::Broken(message)),
        Err(trap) => RunEnd::Trapped(trap),
    };
    (Step::Ended(end, instance.take_log()), Some(instance))
}

/// Returns an instance that has compiled the hook and, if its top level does not depend on the run, evaluated it. Keeps
/// its memory as the hook's template.
///
/// A top level that asks for the time, randomness, a secret or the host is evaluated in each run. Its template comes
/// from a second instance that only compiles the hook, because the first has begun to evaluate.
pub(crate) fn ready(
    inner: &Inner,
    machine: &Arc<Machine>,
    hook: &Hook,
    clocks: Clocks,
) -> Result<Instance, RunEnd> {
    if let Some(template) = published_template(machine, hook) {
        let template = inner.templates.put(hook, template);
        return Ok(machine.instance(Some(&template), clocks)?);
    }
    let (mut instance, message) = compiled_hook(machine, hook, clocks)?;
    match instance.evaluate().map(read)? {
        Ok((Reply::Evaluated, _)) if !instance.was_touched() => {}
        Ok((Reply::Failure(failure), _)) if ends_the_run(&failure) => {
            return Err(RunEnd::Failure(failure));
        }
        Ok((Reply::Evaluated | Reply::Waiting(_) | Reply::Failure(_), _)) => {
            drop(instance);
            instance = with_imports(machine, &message, clocks)?;
        }
        Ok(_) => return Err(unexpected_reply().into()),
        Err(message) => return Err(Trap::Broken(message).into()),
    }
    let template: Template = machine.template(&instance);
    inner.templates.put(hook, template);
    Ok(instance)
}

/// Returns an instance that has compiled the hook and evaluated the built-in modules that it imports.
fn with_imports(
    machine: &Arc<Machine>,
    message: &[u8],
    clocks: Clocks,
) -> Result<Instance, RunEnd> {
    let mut instance = compiled(machine, message, clocks)?;
    let imports = instance.loaded()?;
    if imports.is_empty() || loads(&mut instance, &imports) {
        return Ok(instance);
    }
    // Each run evaluates them itself.
    compiled(machine, message, clocks)
}

/// Evaluates built-in modules; returns whether they are the same in every run. If not, the instance is of no use.
fn loads(instance: &mut Instance, modules: &[u8]) -> bool {
    let said = instance.load(modules).map(read);
    matches!(said, Ok(Ok((Reply::Evaluated, _)))) && !instance.was_touched()
}

/// Adds the built-in modules that a run loaded to the hook's template, so that later runs find them evaluated: that takes up
/// to several milliseconds, more than most runs.
pub(crate) fn learn(inner: &Inner, hook: &Hook, ended: Option<Instance>) {
    let Some(mut instance) = ended else {
        return;
    };
    let Some(template) = inner.templates.get(hook) else {
        return;
    };
    if template.lessons() >= LESSONS {
        return;
    }
    let modules = instance.loaded().unwrap_or_default();
    if modules.is_empty() {
        return;
    }
    let machine = instance.machine();
    drop(instance);
    // It needs the memory of a run. Without a place, a later run comes back to it.
    let Some(_place) = place(inner) else {
        return;
    };
    let clocks = Clocks::ending(Instant::now() + LESSON_LIMIT);
    let prepared = machine.instance(Some(&template), clocks).ok();
    let prepared =
        prepared.and_then(|mut instance| loads(&mut instance, &modules).then_some(instance));
    let Some(prepared) = prepared else {
        template.set_lessons(LESSONS);
        return;
    };
    let improved = machine.template(&prepared);
    improved.set_lessons(template.lessons() + 1);
    inner.templates.replace(hook, &template, improved);
}

fn place(inner: &Inner) -> Option<SemaphorePermit<'_>> {
    for _ in 0..PLACE_ATTEMPTS {
        match inner.places.try_acquire() {
            Ok(place) => return Some(place),
            Err(TryAcquireError::NoPermits) => std::thread::sleep(PLACE_WAIT),
            Err(TryAcquireError::Closed) => return None,
        }
    }
    None
}

/// Whether the top level would fail in every run, at the same cost.
fn ends_the_run(failure: &Failure) -> bool {
    use hookpoint_script_protocol::FailureKind::{Memory, Stack, Timeout};
    matches!(failure.kind, Memory | Stack | Timeout)
}

/// Returns an instance that has compiled the hook, and the message that did it. Falls back to the source if the
/// published bytecode is missing or unreadable.
fn compiled_hook(
    machine: &Arc<Machine>,
    hook: &Hook,
    clocks: Clocks,
) -> Result<(Instance, Vec<u8>), RunEnd> {
    if let Some(message) = bytecode_message(hook) {
        match compiled(machine, &message, clocks) {
            Ok(instance) => return Ok((instance, message)),
            Err(error) => tracing::debug!(
                hook.name = %hook.name,
                hook.version = hook.version,
                ?error,
                "failed to read a script's bytecode; compiling its source instead"
            ),
        }
    }
    let message = source_message(hook);
    Ok((compiled(machine, &message, clocks)?, message))
}

/// The hook's published bytecode, if this interpreter made it from this source.
fn bytecode_message(hook: &Hook) -> Option<Vec<u8>> {
    let script = hook.body.implementation.as_script()?;
    let compiled = script.compiled.as_ref()?;
    let is_own =
        compiled.form == CompiledForm::Bytecode && compiled.is_of(INTERPRETER, &script.source);
    is_own.then(|| message_with(&compiled.bytes))
}

fn message_with(bytecode: &[u8]) -> Vec<u8> {
    let request = CompileRequest {
        form: None,
        is_bytecode: true,
        wants_bytecode: false,
    };
    encode(&request, &[bytecode])
}

/// The template of the hook's published memory, if this interpreter made it from this source.
fn published_template(machine: &Machine, hook: &Hook) -> Option<Template> {
    let script = hook.body.implementation.as_script()?;
    let compiled = script.compiled.as_ref()?;
    if compiled.form != CompiledForm::Memory || !compiled.is_of(INTERPRETER, &script.source) {
        return None;
    }
    let template = machine.stored_template(&compiled.bytes);
    if template.is_none() {
        tracing::debug!(
            hook.name = %hook.name,
            hook.version = hook.version,
            "failed to read a script's memory; compiling its source instead"
        );
    }
    template
}

fn source_message(hook: &Hook) -> Vec<u8> {
    let script = hook.body.implementation.as_script();
    let source = script.map_or("", |script| script.source.as_str());
    let request = CompileRequest {
        form: Form::of_file(script.and_then(|script| script.file.as_deref())),
        is_bytecode: false,
        wants_bytecode: false,
    };
    encode(&request, &[source.as_bytes()])
}

fn compiled(machine: &Arc<Machine>, message: &[u8], clocks: Clocks) -> Result<Instance, RunEnd> {
    let mut instance = machine.instance(None, clocks)?;
    compile(&mut instance, message)?;
    Ok(instance)
}

fn compile(instance: &mut Instance, message: &[u8]) -> Result<Vec<u8>, RunEnd> {
    match instance.compile(message).map(read)? {
        Ok((Reply::Compiled(_), bytecode)) => Ok(bytecode),
        Ok((Reply::Failure(failure), _)) => Err(RunEnd::Failure(failure)),
        Ok(_) => Err(unexpected_reply().into()),
        Err(message) => Err(Trap::Broken(message).into()),
    }
}

/// Compiles a source in a new instance; returns the bytecode and the instance.
pub(crate) fn compile_alone(
    machine: &Arc<Machine>,
    message: &[u8],
    clocks: Clocks,
) -> Result<(Vec<u8>, Instance), RunEnd> {
    let mut instance = machine.instance(None, clocks)?;
    let bytecode = compile(&mut instance, message)?;
    Ok((bytecode, instance))
}

/// Evaluates the compiled top level; returns whether it is the same in every run. Fails if every run would: it throws, or exports no
/// function, without having asked for anything that differs between runs.
pub(crate) fn evaluate_alone(mut instance: Instance) -> Result<bool, RunEnd> {
    match instance.evaluate().map(read) {
        Ok(Ok((Reply::Failure(failure), _)))
            if !instance.was_touched() && !ends_the_run(&failure) =>
        {
            Err(RunEnd::Failure(failure))
        }
        Ok(Ok((Reply::Evaluated, _))) => Ok(!instance.was_touched()),
        _ => Ok(false),
    }
}

/// The memory to store of a hook whose top level is the same in every run; `None` if that cannot be captured. Begins with the
/// bytecode: compiling leaves more behind.
pub(crate) fn memory_of(
    machine: &Arc<Machine>,
    bytecode: &[u8],
    clocks: Clocks,
) -> Option<Vec<u8>> {
    let mut instance = compiled(machine, &message_with(bytecode), clocks).ok()?;
    evaluate(&mut instance).then(|| machine.memory_to_store(&mut instance))?
}

/// Evaluates the top level; returns whether that is over and the same in every run.
fn evaluate(instance: &mut Instance) -> bool {
    let said = instance.evaluate().map(read);
    matches!(said, Ok(Ok((Reply::Evaluated, _)))) && !instance.was_touched()
}

fn unexpected_reply() -> Trap {
    Trap::Broken("the guest returned an unexpected reply".to_owned())
}
