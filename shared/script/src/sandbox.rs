//! The sandbox: a bounded number of concurrent runs, each in its own instance.

mod ahead;
mod compiling;
mod conversation;
mod steps;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_engine::{
    confidential::redaction::Redaction,
    deadline::Deadline,
    hook::{
        CompiledScript, Hook,
        outcome::{FailureClass, HookFailure},
    },
    ports::{Fetch, ScriptCall, ScriptReply, ScriptRunner},
};
use hookpoint_script_protocol::{Form, SOURCE_LIMIT};
use tokio::{
    sync::{Semaphore, TryAcquireError},
    time::{Instant, timeout_at},
};

pub use self::compiling::Ahead;
use self::{ahead::Preparing, compiling::Wanted, conversation::Conversation};
use crate::{
    diagnostic::ScriptDiagnostic,
    failure::{Explanation, has_places},
    lines::Lines,
    machine::{Clocks, Machine, Placing},
    options::{self, SandboxOptions},
    origin::Origins,
    reply,
    run_end::RunEnd,
    templates::Templates,
    threads::Threads,
};

/// Maximum time to check a source or to prepare a hook.
const CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Runs scripts, each in a new instance. Clones share threads, templates and limits.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    machine: OnceLock<Result<Arc<Machine>, String>>,
    make: fn(usize) -> Result<Machine, crate::machine::MachineError>,
    threads: OnceLock<Result<Threads, String>>,
    templates: Templates,
    preparing: Preparing,
    fetch: Arc<dyn Fetch>,
    local_endpoints: Vec<std::net::SocketAddr>,
    is_clock_stopped: bool,
    places: Semaphore,
    capacity: usize,
}

impl Sandbox {
    /// Loads nothing and starts no thread until the first [`Sandbox::prepare`] or run.
    pub fn new(options: &SandboxOptions, fetch: Arc<dyn Fetch>) -> Self {
        Self::making(options, fetch, Machine::new)
    }

    /// A sandbox that copies memory instead of mapping it, as on systems that refuse mappings.
    #[cfg(feature = "testing")]
    pub fn copying(options: &SandboxOptions, fetch: Arc<dyn Fetch>) -> Self {
        Self::making(options, fetch, |slots| {
            Machine::with(Placing::Copied, slots)
        })
    }

    fn making(
        options: &SandboxOptions,
        fetch: Arc<dyn Fetch>,
        make: fn(usize) -> Result<Machine, crate::machine::MachineError>,
    ) -> Self {
        let capacity = options::capacity(options.memory_mb);
        Self {
            inner: Arc::new(Inner {
                machine: OnceLock::new(),
                make,
                threads: OnceLock::new(),
                templates: Templates::new(options::template_bytes(options.memory_mb)),
                preparing: Preparing::default(),
                fetch,
                local_endpoints: options.local_endpoints.clone(),
                is_clock_stopped: options.is_clock_stopped,
                places: Semaphore::new(capacity),
                capacity,
            }),
        }
    }

    /// Maximum number of concurrent runs.
    pub fn capacity(&self) -> usize {
        self.inner.capacity
    }

    /// Number of prepared hooks, and the bytes of memory they take.
    pub fn prepared(&self) -> (usize, usize) {
        self.inner.templates.size()
    }

    /// Prepares a hook ahead of its first event. If that fails, the hook's first run reports why.
    pub async fn prepare(&self, hook: &Hook) {
        if hook.body.implementation.as_script().is_none()
            || self.inner.templates.get(hook).is_some()
        {
            return;
        }
        let end = std::time::Instant::now() + CHECK_LIMIT;
        let Ok(_place) = self.inner.places.acquire().await else {
            return;
        };
        let (inner, hook) = (Arc::clone(&self.inner), hook.clone());
        let work = move || {
            let machine = inner.machine().ok()?;
            steps::ready(&inner, &machine, &hook, Clocks::ending(end)).ok()
        };
        if let Ok(threads) = self.inner.threads() {
            let prepared = move || {
                let instance = work();
                ((), || drop(instance))
            };
            let _ = threads.run(prepared).await;
        }
    }

    /// Compiles a source without running it, to report syntax errors when a hook is written.
    ///
    /// # Errors
    /// Outer error: the sandbox is unavailable or ran out of time. Inner error: the source does not compile.
    pub async fn check_source(
        &self,
        name: &str,
        file: Option<&str>,
        source: &str,
    ) -> Result<Result<(), ScriptDiagnostic>, HookFailure> {
        self.inner
            .compile(
                name,
                file,
                Form::of_file(file),
                source,
                Wanted::Syntax,
                CHECK_LIMIT,
            )
            .await
            .map(|compiled| compiled.map(drop))
    }

    /// Compiles a source to store the result with the hook's version. Also evaluates the top level, unless that
    /// depends on the run: a hook that exports no function, or whose top level throws, never runs. Returns `None` if
    /// that is too large to store; the source is then compiled where it runs.
    ///
    /// `is_module` says that the source is known to be a module, as most bundles are. Otherwise its form is found by trying: that of a
    /// module comes second, and often fails at the very end.
    ///
    /// # Errors
    /// Those of [`Sandbox::check_source`]; the inner error also says why a hook can never run.
    pub async fn compile_source(
        &self,
        name: &str,
        file: Option<&str>,
        source: &str,
        is_module: bool,
        ahead: Ahead,
    ) -> Result<Result<Option<CompiledScript>, ScriptDiagnostic>, HookFailure> {
        let form = is_module
            .then_some(Form::Module)
            .or_else(|| Form::of_file(file));
        let compiled = self
            .inner
            .compile(name, file, form, source, Wanted::Stored(ahead), CHECK_LIMIT)
            .await?;
        match compiled {
            Ok((_, bytes)) if bytes.is_empty() => Ok(Ok(None)),
            Ok((form, bytes)) => Ok(Ok(CompiledScript::new(
                crate::INTERPRETER,
                source,
                form,
                bytes,
            ))),
            // The source may be fine and only its bytecode too large for the sandbox.
            Err(_) => {
                let checked = self
                    .inner
                    .compile(name, file, form, source, Wanted::Check, CHECK_LIMIT)
                    .await?;
                Ok(checked.map(|_| None))
            }
        }
    }

    /// Drops every prepared hook and the memory of runs, and refuses further ones. Current runs end by their deadlines.
    pub fn shutdown(&self) {
        self.inner.places.close();
        self.inner.templates.clear();
        if let Some(Ok(machine)) = self.inner.machine.get() {
            machine.close();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("capacity", &self.inner.capacity)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ScriptRunner for Sandbox {
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure> {
        self.inner.run(call).await
    }

    fn expect_run(&self) {
        if self.inner.machine.get().is_none()
            && let Ok(threads) = self.inner.threads()
        {
            let inner = Arc::clone(&self.inner);
            // If it cannot be loaded, the run reports why.
            let _ = threads.start(move || {
                // The hook is still being read.
                if let Ok(machine) = inner.machine() {
                    machine.back_growth();
                }
            });
        }
    }

    fn expect_run_of(&self, hook: &Hook, deadline: Deadline) {
        self.inner.prepare_ahead(hook, deadline);
    }

    fn placing(&self) -> Option<&'static str> {
        let machine = self.inner.machine.get()?.as_ref().ok()?;
        Some(match machine.placing() {
            Placing::Mapped => "mapped",
            Placing::Copied => "copied",
        })
    }
}

impl Inner {
    /// Creates the machine on first use.
    fn machine(&self) -> Result<Arc<Machine>, String> {
        let machine = self
            .machine
            .get_or_init(|| {
                let machine = (self.make)(self.capacity).map_err(|error| error.to_string())?;
                machine.prepare();
                tracing::info!(
                    sandbox.placing = ?machine.placing(),
                    "the interpreter is loaded"
                );
                Ok(Arc::new(machine))
            })
            .clone()?;
        // A shutdown while it was created found none to close.
        if self.places.is_closed() {
            machine.close();
        }
        Ok(machine)
    }

    fn threads(&self) -> Result<&Threads, HookFailure> {
        self.threads
            .get_or_init(|| Threads::new(self.capacity).map_err(|error| error.to_string()))
            .as_ref()
            .map_err(|message| unavailable(message))
    }

    async fn run(self: &Arc<Self>, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure> {
        let started = Instant::now();
        let Some(script) = call.hook.body.implementation.as_script() else {
            return Err(HookFailure::new(
                FailureClass::Configuration,
                "the hook is not a script",
            ));
        };
        let budget = call.deadline.remaining();
        let explanation = |waited: Option<Duration>| Explanation {
            hook: call.hook,
            script,
            lines: Lines::of(&script.source),
            started,
            budget,
            waited,
            capacity: self.capacity,
            redaction: Redaction::of_secrets(call.secrets.iter().map(|(_, secret)| secret)),
            origins: None,
        };
        if script.source.len() > SOURCE_LIMIT {
            return Err(explanation(None).source_too_long());
        }
        self.prepared(call.hook, call.deadline).await;
        let mut waited = None;
        let place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(TryAcquireError::Closed) => return Err(unavailable("it was shut down")),
            Err(TryAcquireError::NoPermits) => {
                call.exchanges.wait_for_others();
                // Ends while there is time to say so.
                let end = Clocks::ending(call.deadline.instant().into_std()).report;
                let place = timeout_at(Instant::from_std(end), self.places.acquire()).await;
                waited = Some(started.elapsed());
                match place {
                    Ok(Ok(place)) => place,
                    Ok(Err(_)) => return Err(unavailable("it was shut down")),
                    Err(_) => return Err(explanation(waited).no_place()),
                }
            }
        };
        let (end, log) = Conversation::new(self, &call, script).run().await?;
        drop(place);
        // Most runs have nothing to explain.
        if let RunEnd::Result(body, rejections) = &end
            && rejections.is_empty()
            && log.is_empty()
            && let Ok(response) = reply::response(body)
        {
            return Ok(ScriptReply {
                response,
                log: Vec::new(),
            });
        }
        let map = if script.source_map.is_some() && has_places(&end, &log) {
            call.source_map.source_map().await
        } else {
            None
        };
        let origins = map.as_deref().and_then(Origins::read);
        let explanation = Explanation {
            origins: origins.as_ref(),
            ..explanation(waited)
        };
        explanation.reply(end, log)
    }
}

fn unavailable(message: &str) -> HookFailure {
    HookFailure::new(
        FailureClass::SandboxUnavailable,
        format!("the script sandbox is not available: {message}"),
    )
}
