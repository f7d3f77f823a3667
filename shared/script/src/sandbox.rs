//! The parent's side: a bounded pool of children, one run each.

mod child;
pub(crate) mod diagnostic;
mod drive;
mod failure;
mod keeper;
mod options;
mod order;
mod pool;
mod replenish;
mod reply;

use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hookpoint_engine::{
    deadline::Deadline,
    hook::{Hook, Implementation, ScriptHook},
    outcome::{FailureClass, HookFailure},
    ports::{Fetch, ScriptCall, ScriptReply, ScriptRunner},
    redaction::Redaction,
};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, timeout_at},
};

pub use self::options::{SandboxMode, SandboxOptions, SandboxPolicy};
use self::{
    child::Child,
    diagnostic::ScriptDiagnostic,
    drive::{Conversation, Ended, Surroundings},
    failure::Explanation,
    keeper::Keeper,
    pool::Spares,
};
use crate::{
    message::{CHECK, SOURCE_LIMIT},
    process::filter,
};

/// How many hooks keep a child that has compiled them, at most.
const PRIMED_LIMIT: usize = 4;
/// How long a check of a source may take.
const CHECK_LIMIT: Duration = Duration::from_secs(3);

/// Runs scripts, each in a process of its own that ends with the run.
///
/// Cloning shares it. The last clone that goes takes every process with it; [`Sandbox::shutdown`] does so at once.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    mode: SandboxMode,
    keeper: Result<Keeper, String>,
    fetch: Arc<dyn Fetch>,
    places: Semaphore,
    capacity: usize,
    spares: Spares,
    /// Held by whoever forks ahead: many runs may end at once, and each would fork as many children.
    replenishing: Mutex<()>,
    replenish_after_run: bool,
}

impl Sandbox {
    /// A sandbox; no process is started until a script is known ([`Sandbox::prepare`]) or runs.
    pub fn new(options: SandboxOptions, fetch: Arc<dyn Fetch>) -> Self {
        let filtered = filter::is_available();
        let mode = match (filtered, options.policy) {
            (true, _) => SandboxMode::Filtered,
            (false, SandboxPolicy::Prefer) => {
                tracing::warn!(
                    sandbox.mode = SandboxMode::Unfiltered.as_str(),
                    "scripts run WITHOUT a system call filter: this system has none. Run only scripts that you trust with this machine"
                );
                SandboxMode::Unfiltered
            }
            (false, SandboxPolicy::Require) => SandboxMode::Unavailable,
        };
        let keeper = Self::keeper(options.program, mode);
        let capacity = options::capacity(options.memory_mb);
        Self {
            inner: Arc::new(Inner {
                mode,
                keeper,
                fetch,
                places: Semaphore::new(capacity),
                capacity,
                spares: Spares::new(capacity.min(PRIMED_LIMIT)),
                replenishing: Mutex::default(),
                replenish_after_run: options.replenish_after_run,
            }),
        }
    }

    fn keeper(program: Option<PathBuf>, mode: SandboxMode) -> Result<Keeper, String> {
        if mode == SandboxMode::Unavailable {
            return Err(
                "this system cannot filter system calls (seccomp); choose the sandbox policy `prefer` to run scripts without"
                    .to_owned(),
            );
        }
        let program = match program {
            Some(program) => program,
            None if crate::can_become_sandbox() => PathBuf::from("/proc/self/exe"),
            None => {
                return Err(
                    "this program cannot become the sandbox: its `main` must call `hookpoint_script::run_if_sandbox` first"
                        .to_owned(),
                );
            }
        };
        Keeper::new(program, mode == SandboxMode::Filtered)
            .map_err(|error| format!("no thread for the sandbox: {error}"))
    }

    /// How scripts are confined here.
    pub fn mode(&self) -> SandboxMode {
        self.inner.mode
    }

    /// How many scripts run at once.
    pub fn capacity(&self) -> usize {
        self.inner.capacity
    }

    /// Starts what a hook will need, without waiting: the first script that is known starts the sandbox process, and a
    /// child that has compiled it will wait for its first run.
    pub async fn prepare(&self, hook: &Hook) {
        if script_of(hook).is_none() {
            return;
        }
        self.inner.spares.used(hook);
        self.replenish().await;
    }

    /// Forks the children that should be waiting and gives them their hooks to compile. Answers when they have compiled them.
    pub async fn replenish(&self) {
        let Ok(_alone) = self.inner.replenishing.try_lock() else {
            return;
        };
        if let Err(message) = self.inner.try_replenish().await {
            tracing::warn!(error = %message, "no spare children for scripts");
        }
    }

    /// Compiles a source without running it: what a hook's author hears when the hook is written.
    ///
    /// # Errors
    /// The outer error: the sandbox is not available. The inner one: the source does not compile, and where.
    pub async fn check_source(
        &self,
        name: &str,
        file: Option<&str>,
        source: &str,
    ) -> Result<Result<(), ScriptDiagnostic>, HookFailure> {
        self.inner.check(name, file, source).await
    }

    /// Ends every process of the sandbox and waits until they are gone. Scripts that still run fail.
    pub fn shutdown(&self) {
        self.inner.places.close();
        self.inner.spares.clear();
        if let Ok(keeper) = &self.inner.keeper {
            keeper.close();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("mode", &self.inner.mode)
            .field("capacity", &self.inner.capacity)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl ScriptRunner for Sandbox {
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure> {
        let hook = call.hook.clone();
        let result = self.inner.run(call).await;
        self.inner.spares.used(&hook);
        if self.inner.replenish_after_run && !self.inner.places.is_closed() {
            let sandbox = self.clone();
            tokio::spawn(async move { sandbox.replenish().await });
        }
        result
    }
}

impl Inner {
    fn keeper(&self) -> Result<&Keeper, HookFailure> {
        self.keeper.as_ref().map_err(|message| unavailable(message))
    }

    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure> {
        let started = Instant::now();
        let Some(script) = script_of(call.hook) else {
            return Err(HookFailure::new(
                FailureClass::ScriptError,
                "the hook is not a script",
            ));
        };
        let redaction = Redaction::new(call.secrets.iter().map(|(_, secret)| secret));
        let explanation = Explanation {
            hook: call.hook,
            script,
            started,
            budget: call.deadline.remaining(),
            redaction: &redaction,
        };
        if script.source.len() > SOURCE_LIMIT {
            return Err(explanation.source_too_long());
        }
        let _place = match timeout_at(call.deadline.instant(), self.places.acquire()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(unavailable("it was shut down")),
            Err(_) => return Err(explanation.no_place(self.capacity)),
        };
        let mut spare = self.spares.take(call.hook);
        loop {
            let is_spare = spare.is_some();
            let (mut child, primed) = match spare.take() {
                Some(spare) => spare,
                None => match timeout_at(call.deadline.instant(), self.fork()).await {
                    Ok(forked) => (forked?, false),
                    Err(_) => return Err(unavailable("the sandbox process did not start in time")),
                },
            };
            let opening = order::run(&call, script, primed);
            let surroundings = Surroundings {
                fetch: self.fetch.as_ref(),
                hosts: &script.hosts,
                deadline: call.deadline,
                now: call.now,
            };
            let mut conversation = Conversation::open(&mut child, opening, surroundings)
                .map_err(|error| unavailable(&error.to_string()))?;
            if self.replenish_after_run {
                // The child works now, and this process would only wait: whoever comes next finds a spare.
                self.order_unprimed();
            }
            let ended = conversation.run(&child).await;
            // A spare may have died while it waited, with its zygote for example. Another one takes its place.
            if is_spare && ended.is_untold_death() && conversation.was_dead() {
                continue;
            }
            let log = std::mem::take(&mut conversation.log);
            return explanation.reply(ended, log);
        }
    }

    /// A fresh child.
    async fn fork(&self) -> Result<Child, HookFailure> {
        let keeper = self.keeper()?;
        loop {
            match keeper.fork() {
                Ok(Some(child)) => return Ok(child),
                Ok(None) => keeper
                    .ready()
                    .await
                    .map_err(|message| unavailable(&message))?,
                // The zygote died a moment ago: the keeper notices at once, and then there is none.
                Err(error)
                    if matches!(error.raw_os_error(), Some(libc::EPIPE | libc::ECONNRESET)) =>
                {
                    tokio::task::yield_now().await;
                }
                Err(error) => return Err(unavailable(&error.to_string())),
            }
        }
    }

    async fn check(
        &self,
        name: &str,
        file: Option<&str>,
        source: &str,
    ) -> Result<Result<(), ScriptDiagnostic>, HookFailure> {
        let file_name = file.unwrap_or(name).to_owned();
        let wrong = |line, column, message| {
            ScriptDiagnostic::new(file_name.clone(), source, line, column, message)
        };
        if source.len() > SOURCE_LIMIT {
            return Ok(Err(wrong(0, 0, failure::source_too_long(source.len()))));
        }
        let deadline = Deadline::after(Instant::now(), CHECK_LIMIT);
        let _place = timeout_at(deadline.instant(), self.places.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| unavailable("every place is taken"))?;
        let mut child = match self.spares.take_unprimed() {
            Some(child) => child,
            None => timeout_at(deadline.instant(), self.fork())
                .await
                .map_err(|_| unavailable("the sandbox process did not start in time"))??,
        };
        let surroundings = Surroundings {
            fetch: self.fetch.as_ref(),
            hosts: &[],
            deadline,
            // Nothing is fetched by a check.
            now: SystemTime::UNIX_EPOCH,
        };
        let opening = order::source(CHECK, file, source);
        let mut conversation = Conversation::open(&mut child, opening, surroundings)
            .map_err(|error| unavailable(&error.to_string()))?;
        match conversation.run(&child).await {
            Ended::Checked => Ok(Ok(())),
            Ended::Failure(failure) => {
                Ok(Err(wrong(failure.line, failure.column, failure.message)))
            }
            Ended::TimedOut => Ok(Err(wrong(
                0,
                0,
                format!("the source takes more than {CHECK_LIMIT:?} to compile"),
            ))),
            other => Ok(Err(wrong(0, 0, failure::death(&other).1))),
        }
    }
}

fn script_of(hook: &Hook) -> Option<&ScriptHook> {
    match &hook.body.implementation {
        Implementation::Script(script) => Some(script),
        _ => None,
    }
}

fn unavailable(message: &str) -> HookFailure {
    HookFailure::new(
        FailureClass::SandboxUnavailable,
        format!("the script sandbox is not available: {message}"),
    )
}

/// Takes bytes as a child's words, in two parts; what they mean is of no interest.
#[cfg(feature = "testing")]
pub(crate) fn judge(bytes: &[u8]) {
    let mut decoder = crate::frame::FrameDecoder::new(crate::message::CHILD_FRAME_LIMIT);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for part in [first, second] {
        decoder.push(part);
        while let Ok(Some(frame)) = decoder.next_frame() {
            if let Ok(reply::Said::Result { body, .. }) = reply::read(frame) {
                let _ = reply::response(&body);
            }
        }
    }
}
