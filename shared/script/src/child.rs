//! A child: waits for one order, carries it out, leaves.

mod compile;
mod connection;
pub(crate) mod engine;
mod form;
pub(crate) mod host;
mod run;
mod thrown;

use std::os::fd::OwnedFd;

use rquickjs::Ctx;

use self::{
    compile::{Compiled, compile},
    connection::Connection,
    engine::Engine,
};
use crate::{
    frame::{self, Frame, FrameDecoder},
    message::{
        CHECK, CHECKED, FailureHeader, Form, HookHeader, LogTail, PARENT_FRAME_LIMIT, PRIME,
        RESULT, RUN, RunHeader, SourceHeader,
    },
    process::monotonic_nanoseconds,
};

/// The status of a child that could not confine itself.
pub(crate) const UNCONFINED: i32 = 7;
/// The status of a process of the sandbox that panicked.
pub(crate) const PANICKED: i32 = 70;
/// Compiling ahead of a run takes at most this long.
const COMPILE_NANOSECONDS: u64 = 2_000_000_000;

/// Serves one order. Whatever happens, the process ends here.
pub(crate) fn serve(engine: &Engine, socket: OwnedFd) -> ! {
    engine.host.connect(Connection::new(socket));
    engine.context.with(|ctx| serve_orders(&ctx, engine));
    leave(0)
}

/// Ends this process without running anything that the zygote had registered.
pub(crate) fn leave(status: i32) -> ! {
    // SAFETY: the call ends the process; it cannot be misused.
    unsafe { libc::_exit(status) }
}

/// Until a run or a check is answered, or the parent is gone.
fn serve_orders(ctx: &Ctx<'_>, engine: &Engine) -> Option<()> {
    let host = &engine.host;
    host.reseed();
    let mut primed = None;
    let mut rehearsed = false;
    loop {
        // Not while somebody waits.
        if !rehearsed && !host.connection().has_input() {
            rehearse(ctx, engine);
            rehearsed = true;
        }
        let frame = host.connection().receive()?;
        match frame.kind {
            PRIME => {
                let header: SourceHeader = serde_json::from_slice(&frame.header).ok()?;
                host.allow_until(monotonic_nanoseconds() + COMPILE_NANOSECONDS);
                primed = Some(compile(ctx, host, frame.body, header.form));
                if host.was_interrupted() {
                    // Out of the time that compiling ahead has; a run has its own.
                    return None;
                }
                // Whether it compiled or not: the run that comes tells.
                host.connection().send(CHECKED, &LogTail::default(), &[]);
            }
            CHECK => {
                let header: SourceHeader = serde_json::from_slice(&frame.header).ok()?;
                host.allow_until(monotonic_nanoseconds() + COMPILE_NANOSECONDS);
                match compile(ctx, host, frame.body, header.form) {
                    Ok(_) => host.connection().send(CHECKED, &LogTail::default(), &[]),
                    Err(failure) => host.connection().send_failure(&failure),
                }
                return Some(());
            }
            RUN => {
                serve_run(ctx, engine, frame, primed)?;
                return Some(());
            }
            // An answer to a fetch that no run made.
            _ => return None,
        }
    }
}

/// Serves a run of our own while nobody waits. A forked process shares its memory with the zygote: the first write to a page
/// copies it, the first call into a page of code maps it, a microsecond or two each. What every run needs is paid for here.
fn rehearse(ctx: &Ctx<'_>, engine: &Engine) -> Option<()> {
    const SOURCE: &str = "export default async (event, hook) => {
        const words = Object.keys(event).map((name) => `${name}=${JSON.stringify(event[name])}`);
        return { context: { words: words.join(' ').slice(1), name: hook.name, left: hook.remainingMs() > 0 } };
    }";
    const EVENT: &str = r#"{"text":"some words","list":[1,2.5,true,null],"map":{"a":{"b":"c"}}}"#;
    // The end of the heap, where a run's values come to lie; below the size that is mapped apart. Two megabytes, as much as compiling
    // 200 KB takes, gained a few hundredths there and cost every spare its memory and back-to-back runs their time.
    drop([vec![1_u8; 100 << 10], vec![1_u8; 100 << 10]]);
    let text = String::new;
    let now = monotonic_nanoseconds();
    let header = RunHeader {
        source_length: SOURCE.len(),
        form: Some(Form::Module),
        deadline: now + COMPILE_NANOSECONDS,
        end: now + COMPILE_NANOSECONDS,
        hook: HookHeader {
            name: text(),
            version: 0,
            stage: text(),
            correlation_id: text(),
            variables: vec![(text(), text())],
            secrets: vec![(text(), text())],
        },
    };
    let header = serde_json::to_vec(&header).ok()?;
    let mut decoder = FrameDecoder::new(PARENT_FRAME_LIMIT);
    decoder.push(&frame::encode(
        RUN,
        &header,
        &[SOURCE.as_bytes(), EVENT.as_bytes()],
    ));
    let frame = decoder.next_frame().ok()??;
    // A failure would come again in the run that waits, and is told then.
    let response = outcome(ctx, engine, frame, None)?.ok()?;
    let tail = serde_json::to_vec(&LogTail::default()).ok()?;
    std::hint::black_box(frame::encode(RESULT, &tail, &[response.as_bytes()]));
    Some(())
}

fn serve_run<'js>(
    ctx: &Ctx<'js>,
    engine: &Engine,
    frame: Frame,
    primed: Option<Result<Compiled<'js>, FailureHeader>>,
) -> Option<()> {
    let host = &engine.host;
    match outcome(ctx, engine, frame, primed)? {
        Ok(response) => host
            .connection()
            .send_result(response.as_bytes(), host.dropped_lines()),
        Err(mut failure) => {
            failure.dropped_lines = host.dropped_lines();
            host.connection().send_failure(&failure);
        }
    }
    Some(())
}

/// Runs what a frame asks for; `None` when the frame is nonsense.
fn outcome<'js>(
    ctx: &Ctx<'js>,
    engine: &Engine,
    frame: Frame,
    primed: Option<Result<Compiled<'js>, FailureHeader>>,
) -> Option<Result<String, FailureHeader>> {
    let header: RunHeader = serde_json::from_slice(&frame.header).ok()?;
    let mut source = frame.body;
    let event = source.split_off(source.len().min(header.source_length));
    engine.host.allow_until(header.deadline);
    engine.host.ends_at(header.end);
    let compiled = match primed {
        Some(compiled) => compiled,
        None => compile(ctx, &engine.host, source, header.form),
    };
    Some(compiled.and_then(|compiled| run::run(ctx, engine, compiled, event, &header.hook)))
}
