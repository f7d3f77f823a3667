//! One run: calls the script, drives its jobs, timers and requests, takes its result.
//!
//! Nothing blocks: when the script waits, the guest returns what for, and the host calls again.

mod outcome;
mod waiting;
mod well_formed;

use hookpoint_script_protocol::{Events, Failure, FailureKind, Form, Reply};
use rquickjs::{Ctx, Function, Object, Persistent, Promise, Value, promise::PromiseState};

use super::{
    code::Code, frames::in_words, host::Host, imports, interpreter::Interpreter, thrown::failure,
};

/// Maximum response, in bytes.
pub(crate) const RESPONSE_LIMIT: usize = 256 * 1024;

/// After the result, timers due within this many nanoseconds still run: a delay of zero is one millisecond.
const PUT_OFF: u64 = 1_000_000;

/// A reply to the host and the bytes after it.
pub(crate) struct Output {
    pub(crate) reply: Reply,
    pub(crate) body: Vec<u8>,
}

impl Output {
    pub(crate) fn bare(reply: Reply) -> Self {
        Self {
            reply,
            body: Vec::new(),
        }
    }

    pub(crate) fn failed(failure: Failure) -> Self {
        Self::bare(Reply::Failure(failure))
    }
}

/// Progress of a run.
enum Phase {
    /// The top level of a module awaits something.
    Evaluating {
        promise: Persistent<Promise<'static>>,
        request: Persistent<Object<'static>>,
    },
    /// The hook was called.
    Running {
        promise: Persistent<Promise<'static>>,
    },
    /// The result is known; requests that the script did not await are pending.
    Finishing { response: Vec<u8> },
}

/// A run between two calls of the host.
pub(crate) struct Run {
    phase: Phase,
    idle_reported: bool,
}

/// Context of one call by the host.
pub(crate) struct Turn<'a, 'js> {
    pub(crate) ctx: &'a Ctx<'js>,
    pub(crate) interpreter: &'a Interpreter,
    pub(crate) code: &'a Code<'js>,
}

impl<'js> Turn<'_, 'js> {
    fn host(&self) -> &Host {
        &self.interpreter.host
    }

    /// Evaluates the top level without a host; returns `None` if it waits for something.
    pub(crate) fn evaluate(&self) -> Result<Option<Function<'js>>, Failure> {
        let value = self
            .code
            .run(self.ctx)
            .map_err(|error| self.failed(&error))?;
        match self.code.form() {
            Form::Module => {
                let promise = Self::promise(value)?;
                self.run_jobs()?;
                match self.settled(&promise)? {
                    Some(_) if self.host().is_idle() => self.default_export().map(Some),
                    _ => Ok(None),
                }
            }
            Form::CommonJs => {
                let exported = self.load_common_js(value)?;
                self.run_jobs()?;
                Ok(self.host().is_idle().then_some(exported))
            }
        }
    }

    /// Begins a run from a `RunRequest`. `exported` is the function of an evaluated template.
    pub(crate) fn start(
        &self,
        exported: Option<Function<'js>>,
        message: &[u8],
    ) -> Result<Run, Failure> {
        let request: Object<'js> = self
            .ctx
            .json_parse(message)
            .and_then(|value| value.get())
            .map_err(|error| self.failed(&error))?;
        let hook: Value<'js> = request.get("hook").map_err(|error| self.failed(&error))?;
        self.notify(&self.interpreter.entry.provide_hook, (hook,))?;
        let phase = match (exported, self.code.form()) {
            (Some(exported), _) => self.call(exported, request)?,
            (None, Form::Module) => {
                let value = self
                    .code
                    .run(self.ctx)
                    .map_err(|error| self.failed(&error))?;
                let promise = Self::promise(value)?;
                Phase::Evaluating {
                    promise: Persistent::save(self.ctx, promise),
                    request: Persistent::save(self.ctx, request),
                }
            }
            (None, Form::CommonJs) => {
                let value = self
                    .code
                    .run(self.ctx)
                    .map_err(|error| self.failed(&error))?;
                let exported = self.load_common_js(value)?;
                self.call(exported, request)?
            }
        };
        Ok(Run {
            phase,
            idle_reported: false,
        })
    }

    /// Continues until the run ends or waits.
    pub(crate) fn advance(&self, run: &mut Run, events: Events, body: &[u8]) -> Output {
        match self.try_advance(run, events, body) {
            Ok(output) => output,
            Err(mut failure) => {
                failure.rejections = self.unhandled(Some(&failure));
                Output::failed(failure)
            }
        }
    }

    fn try_advance(&self, run: &mut Run, events: Events, body: &[u8]) -> Result<Output, Failure> {
        let time_is_up = events.time_is_up;
        let mut rest = body;
        for fetched in events.fetched {
            let length = fetched.body_length.min(rest.len());
            let (body, after) = rest.split_at(length);
            rest = after;
            self.deliver(fetched, body.to_vec())?;
        }
        loop {
            if let Phase::Finishing { response } = &mut run.phase {
                // The result stands even if work it did not wait for fails.
                self.run_put_off_work();
                let host = self.host();
                if !host.requests.borrow().is_empty() && !time_is_up && !host.was_interrupted() {
                    return Ok(self.waiting(None));
                }
                let body = std::mem::take(response);
                self.name_unfinished();
                return Ok(Output {
                    reply: Reply::Result(self.unhandled(None)),
                    body,
                });
            }
            self.run_jobs()?;
            let (Phase::Evaluating { promise, .. } | Phase::Running { promise }) = &run.phase
            else {
                continue;
            };
            let promise = self.restore(promise.clone())?;
            if let Some(value) = self.settled(&promise)? {
                self.next_phase(run, value)?;
                continue;
            }
            if time_is_up {
                return Err(failure(FailureKind::Timeout, self.host().pending_words()));
            }
            if self.host().is_idle() {
                if run.idle_reported {
                    return Err(failure(
                        FailureKind::Threw,
                        "the hook waits for a promise that nothing can settle: no timer and no fetch is pending",
                    ));
                }
                run.idle_reported = true;
                self.notify(&self.interpreter.entry.on_idle, ())?;
                continue;
            }
            if !self.run_due_timers(&promise)? {
                return Ok(self.waiting(self.host().next_timer()));
            }
        }
    }

    fn next_phase(&self, run: &mut Run, value: Value<'js>) -> Result<(), Failure> {
        let phase = std::mem::replace(
            &mut run.phase,
            Phase::Finishing {
                response: Vec::new(),
            },
        );
        run.phase = match phase {
            Phase::Evaluating { request, .. } => {
                let request = request
                    .restore(self.ctx)
                    .map_err(|error| self.failed(&error))?;
                self.call(self.default_export()?, request)?
            }
            Phase::Running { .. } | Phase::Finishing { .. } => Phase::Finishing {
                response: self.response(value)?.into_bytes(),
            },
        };
        Ok(())
    }

    /// Calls the hook's function.
    fn call(&self, exported: Function<'js>, request: Object<'js>) -> Result<Phase, Failure> {
        let entry = match self.code.form() {
            Form::Module => &self.interpreter.entry.run_module,
            Form::CommonJs => &self.interpreter.entry.run_common_js,
        };
        let promise: Promise<'js> = entry
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call((exported, request)))
            .map_err(|error| self.failed(&error))?;
        Ok(Phase::Running {
            promise: Persistent::save(self.ctx, promise),
        })
    }

    fn default_export(&self) -> Result<Function<'js>, Failure> {
        let exported: Value<'js> = self
            .code
            .exports(self.ctx)
            .and_then(|exports| exports.get("default"))
            .map_err(|error| self.failed(&error))?;
        let kind = exported.type_of();
        exported.into_function().ok_or_else(|| {
            failure(
                FailureKind::BadResult,
                format!(
                    "the module's default export is {kind}; export a function: `export default async function (event, hook) {{ … }}`"
                ),
            )
        })
    }

    fn load_common_js(&self, factory: Value<'js>) -> Result<Function<'js>, Failure> {
        self.interpreter
            .entry
            .load_common_js
            .clone()
            .restore(self.ctx)
            .and_then(|load| load.call((factory,)))
            .map_err(|error| self.failed(&error))
    }

    /// Runs promise jobs until none is left.
    fn run_jobs(&self) -> Result<(), Failure> {
        let context = self.ctx.as_raw().as_ptr();
        loop {
            if self.host().is_over() {
                return Err(failure(FailureKind::Timeout, self.host().pending_words()));
            }
            let mut ran_in = std::ptr::null_mut();
            // SAFETY: the context is alive, and only this thread uses its runtime. The engine writes the job's context,
            // the only one, and leaves its exception there.
            let status = unsafe {
                rquickjs::qjs::JS_ExecutePendingJob(
                    rquickjs::qjs::JS_GetRuntime(context),
                    &raw mut ran_in,
                )
            };
            match status {
                0 => return Ok(()),
                status if status < 0 => {
                    let thrown = self.ctx.catch();
                    if self.host().was_interrupted() || thrown.is_uncatchable_error() {
                        return Err(self.described(&thrown));
                    }
                }
                _ => {}
            }
        }
    }

    /// Runs only timers that are due when called: an interval that is always due must not delay responses.
    /// Returns `false` if none was due.
    fn run_due_timers(&self, promise: &Promise<'js>) -> Result<bool, Failure> {
        let now = imports::now();
        let mut ran = false;
        while let Some(timer) = self.host().take_due_timer(now) {
            ran = true;
            self.notify(&self.interpreter.entry.on_timer, (timer,))?;
            self.run_jobs()?;
            if !matches!(promise.state(), PromiseState::Pending) {
                break;
            }
        }
        Ok(ran)
    }

    /// Runs work that the script postponed until just after its result (`setImmediate`, `setTimeout(…, 0)`), which may
    /// start requests. Drops later timers: they guard against events that did not happen.
    fn run_put_off_work(&self) {
        let until = imports::now() + PUT_OFF;
        let mut result = self.run_jobs();
        while result.is_ok()
            && let Some(timer) = self.host().take_due_timer(until)
        {
            let called = self.notify(&self.interpreter.entry.on_timer, (timer,));
            if let Err(failure) = called {
                imports::write_log(&format!(
                    "warn: after the result: {}{}",
                    failure.message,
                    in_words(failure.place())
                ));
            }
            result = self.run_jobs();
        }
    }

    /// Calls a built-in function without a result. Its exception is the script's failure.
    fn notify<A: rquickjs::function::IntoArgs<'js>>(
        &self,
        entry: &Persistent<Function<'static>>,
        arguments: A,
    ) -> Result<(), Failure> {
        entry
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, ()>(arguments))
            .map_err(|error| self.failed(&error))
    }

    fn restore(&self, promise: Persistent<Promise<'static>>) -> Result<Promise<'js>, Failure> {
        promise
            .restore(self.ctx)
            .map_err(|error| self.failed(&error))
    }

    fn promise(value: Value<'js>) -> Result<Promise<'js>, Failure> {
        value
            .into_promise()
            .ok_or_else(|| failure(FailureKind::Threw, "the module did not evaluate"))
    }

    /// The value of a promise; `None` while it is pending.
    fn settled(&self, promise: &Promise<'js>) -> Result<Option<Value<'js>>, Failure> {
        match promise.state() {
            PromiseState::Pending => Ok(None),
            PromiseState::Resolved | PromiseState::Rejected => match promise.result::<Value<'js>>()
            {
                Some(Ok(value)) => Ok(Some(value)),
                Some(Err(error)) => Err(self.failed(&error)),
                None => Err(failure(FailureKind::BadResult, "no result")),
            },
        }
    }
}
