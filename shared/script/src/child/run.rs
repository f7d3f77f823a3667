//! One run: call the script, keep its jobs, timers and fetches going, take its result.

mod well_formed;

use std::time::Duration;

use rquickjs::{Ctx, Function, Module, Object, Promise, TypedArray, Value, promise::PromiseState};

use super::{
    compile::Compiled,
    engine::Engine,
    host::Host,
    thrown::{describe, engine_failure, failure},
};
use crate::{
    frame::Frame,
    message::{FETCHED, FailureHeader, FailureKind, FetchedHeader, HookHeader},
    process::monotonic_nanoseconds,
};

/// The largest response, in bytes.
const RESPONSE_LIMIT: usize = hookpoint_engine::ports::RESPONSE_LIMIT;

/// Runs a compiled script to its end; answers its response as JSON.
pub(crate) fn run<'js>(
    ctx: &Ctx<'js>,
    engine: &Engine,
    compiled: Compiled<'js>,
    event: Vec<u8>,
    hook: &HookHeader,
) -> Result<String, FailureHeader> {
    let run = Run {
        ctx,
        engine,
        host: &engine.host,
        extra_lines: compiled.extra_lines(),
    };
    let promise = run.call(compiled, event, hook)?;
    let value = run.settle(&promise)?;
    run.response(value)
}

struct Run<'a, 'js> {
    ctx: &'a Ctx<'js>,
    engine: &'a Engine,
    host: &'a Host,
    extra_lines: u32,
}

impl<'js> Run<'_, 'js> {
    /// Evaluates the module and calls what it exports.
    fn call(
        &self,
        compiled: Compiled<'js>,
        event: Vec<u8>,
        hook: &HookHeader,
    ) -> Result<Promise<'js>, FailureHeader> {
        let event = self
            .ctx
            .json_parse(event)
            .map_err(|error| self.failed(&error))?;
        let hook = self.hook(hook).map_err(|error| self.failed(&error))?;
        match compiled {
            Compiled::Module(module) => {
                let (module, evaluated) = module.eval().map_err(|error| self.failed(&error))?;
                self.settle(&evaluated)?;
                let exported = self.default_export(&module)?;
                self.entry(&self.engine.entry.run_module, (exported, event, hook))
            }
            Compiled::CommonJs(factory) => {
                self.entry(&self.engine.entry.run_common_js, (factory, event, hook))
            }
        }
    }

    fn default_export<T>(&self, module: &Module<'js, T>) -> Result<Value<'js>, FailureHeader> {
        let exports = module.namespace().map_err(|error| self.failed(&error))?;
        let exported: Value<'js> = exports
            .get("default")
            .map_err(|error| self.failed(&error))?;
        if exported.is_function() {
            return Ok(exported);
        }
        Err(failure(
            FailureKind::BadResult,
            format!(
                "the module's default export is {}; export a function: `export default async function (event, hook) {{ … }}`",
                exported.type_of()
            ),
        ))
    }

    /// What the script sees as `hook`; the built-in code adds its functions.
    fn hook(&self, header: &HookHeader) -> rquickjs::Result<Object<'js>> {
        let dictionary = |pairs: &[(String, String)]| -> rquickjs::Result<Object<'js>> {
            let object = Object::new(self.ctx.clone())?;
            for (name, value) in pairs {
                object.set(name.as_str(), value.as_str())?;
            }
            Ok(object)
        };
        let hook = Object::new(self.ctx.clone())?;
        hook.set("name", header.name.as_str())?;
        hook.set("version", header.version)?;
        hook.set("stage", header.stage.as_str())?;
        hook.set("correlationId", header.correlation_id.as_str())?;
        hook.set("variables", dictionary(&header.variables)?)?;
        hook.set("secrets", dictionary(&header.secrets)?)?;
        Ok(hook)
    }

    fn entry<A: rquickjs::function::IntoArgs<'js>>(
        &self,
        entry: &rquickjs::Persistent<Function<'static>>,
        arguments: A,
    ) -> Result<Promise<'js>, FailureHeader> {
        entry
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call(arguments))
            .map_err(|error| self.failed(&error))
    }

    /// Drives the script until the promise settles.
    fn settle(&self, promise: &Promise<'js>) -> Result<Value<'js>, FailureHeader> {
        let mut idle_reported = false;
        loop {
            self.run_jobs()?;
            match promise.state() {
                PromiseState::Resolved | PromiseState::Rejected => {
                    return match promise.result::<Value<'js>>() {
                        Some(Ok(value)) => Ok(value),
                        Some(Err(error)) => Err(self.rejected(&error)),
                        None => Err(failure(FailureKind::BadResult, "no result")),
                    };
                }
                PromiseState::Pending => {}
            }
            if self.host.is_idle() {
                if idle_reported {
                    return Err(failure(
                        FailureKind::Threw,
                        "the hook waits for a promise that nothing can settle: no timer and no fetch is pending",
                    ));
                }
                idle_reported = true;
                self.notify(&self.engine.entry.on_idle, ())?;
            } else {
                self.wait(promise)?;
            }
        }
    }

    /// Runs promise jobs until none is left.
    fn run_jobs(&self) -> Result<(), FailureHeader> {
        let context = self.ctx.as_raw().as_ptr();
        loop {
            self.check_time()?;
            let mut ran_in = std::ptr::null_mut();
            // SAFETY: the context is alive and this thread is the only one that uses its runtime; the engine writes the
            // context that the job ran in, of which there is one, and leaves its exception there.
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
                    if self.host.was_interrupted() || thrown.is_uncatchable_error() {
                        return Err(self.described(&thrown));
                    }
                }
                _ => {}
            }
        }
    }

    /// Waits for what comes next, a timer or an answer, and delivers it.
    fn wait(&self, promise: &Promise<'js>) -> Result<(), FailureHeader> {
        let now = monotonic_nanoseconds();
        let until = self
            .host
            .next_timer()
            .unwrap_or(u64::MAX)
            .min(self.host.deadline());
        let timeout = Duration::from_nanos(until.saturating_sub(now));
        let received = self
            .host
            .connection()
            .receive_within(timeout)
            .map_err(|()| failure(FailureKind::Threw, "the parent is gone"))?;
        if let Some(frame) = received {
            self.deliver(frame)?;
        }
        self.check_time()?;
        // Up to this moment only: an interval that is always due again must not keep answers waiting.
        let now = monotonic_nanoseconds();
        while let Some(timer) = self.host.take_due_timer(now) {
            self.notify(&self.engine.entry.on_timer, (timer,))?;
            self.run_jobs()?;
            if !matches!(promise.state(), PromiseState::Pending) {
                break;
            }
        }
        Ok(())
    }

    fn deliver(&self, frame: Frame) -> Result<(), FailureHeader> {
        let header: FetchedHeader = match frame.kind {
            FETCHED => serde_json::from_slice(&frame.header).ok(),
            _ => None,
        }
        .ok_or_else(|| failure(FailureKind::Threw, "the parent speaks nonsense"))?;
        if !self.host.fetch_ended(header.id) {
            return Ok(());
        }
        let arguments = || -> rquickjs::Result<_> {
            let headers: Vec<String> = header
                .headers
                .into_iter()
                .flat_map(|(name, value)| [name, value])
                .collect();
            let body = TypedArray::<u8>::new(self.ctx.clone(), frame.body)?;
            let (origin, message) = header.error.unwrap_or((header.url, String::new()));
            let (id, status, redirected) = (header.id, header.status, header.redirected);
            Ok((id, status, redirected, headers, body, origin, message))
        };
        let arguments = arguments().map_err(|error| self.failed(&error))?;
        self.notify(&self.engine.entry.on_fetched, arguments)
    }

    /// Calls a built-in function that answers nothing. What it throws is the script's failure.
    fn notify<A: rquickjs::function::IntoArgs<'js>>(
        &self,
        entry: &rquickjs::Persistent<Function<'static>>,
        arguments: A,
    ) -> Result<(), FailureHeader> {
        entry
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, ()>(arguments))
            .map_err(|error| self.failed(&error))
    }

    fn check_time(&self) -> Result<(), FailureHeader> {
        if monotonic_nanoseconds() < self.host.deadline() {
            return Ok(());
        }
        Err(failure(FailureKind::Timeout, self.host.pending_words()))
    }

    /// The response as JSON text.
    fn response(&self, value: Value<'js>) -> Result<String, FailureHeader> {
        if value.is_undefined() || value.is_null() {
            return Ok("{}".to_owned());
        }
        if !value.is_object() || value.is_array() || value.is_function() {
            return Err(failure(
                FailureKind::BadResult,
                format!(
                    "the hook returned {}; return an object of effects, or nothing",
                    value.type_of()
                ),
            ));
        }
        let text = self
            .ctx
            .json_stringify(value)
            .map_err(|error| self.unserialisable(&error))?
            .ok_or_else(|| {
                failure(
                    FailureKind::BadResult,
                    "the hook's response has no JSON form",
                )
            })?
            .to_string()
            .map_err(|error| self.unserialisable(&error))?;
        let text = well_formed::well_formed(text);
        if text.len() > RESPONSE_LIMIT {
            return Err(failure(
                FailureKind::TooLarge,
                format!(
                    "the response is {} bytes, at most {RESPONSE_LIMIT} are accepted",
                    text.len()
                ),
            ));
        }
        Ok(text)
    }

    /// A response that cannot be written as JSON: a cycle, a `BigInt`, a `toJSON` that throws.
    fn unserialisable(&self, error: &rquickjs::Error) -> FailureHeader {
        let mut failure = self.failed(error);
        if failure.kind == FailureKind::Threw {
            failure.kind = FailureKind::BadResult;
            failure.message = format!("the response has no JSON form: {}", failure.message);
        }
        failure
    }

    fn failed(&self, error: &rquickjs::Error) -> FailureHeader {
        engine_failure(self.ctx, self.host, error, self.extra_lines)
    }

    /// As `failed`, for what the script let through: a refused fetch keeps its class.
    fn rejected(&self, error: &rquickjs::Error) -> FailureHeader {
        if !matches!(error, rquickjs::Error::Exception) {
            return self.failed(error);
        }
        self.described(&self.ctx.catch())
    }

    fn described(&self, thrown: &Value<'js>) -> FailureHeader {
        let mut failure = describe(self.ctx, self.host, thrown, self.extra_lines);
        if failure.kind == FailureKind::Threw && self.is_refusal(thrown) {
            failure.kind = FailureKind::FetchRefused;
        }
        failure
    }

    fn is_refusal(&self, thrown: &Value<'js>) -> bool {
        let answer = self
            .engine
            .entry
            .is_refusal
            .clone()
            .restore(self.ctx)
            .and_then(|function| function.call::<_, bool>((thrown.clone(),)));
        answer.unwrap_or_else(|_| {
            self.ctx.catch();
            false
        })
    }
}
