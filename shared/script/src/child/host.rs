//! What the built-in scripts can ask of Rust, and what one run has under way.

mod console;
mod crypto;
mod encoding;
mod key;
pub(crate) mod modules;
mod network;
mod randomness;
#[cfg(feature = "testing")]
mod testing;
mod timers;
mod web_url;

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::BTreeSet,
    rc::Rc,
};

use rquickjs::{Ctx, Object};

use self::{console::LogBudget, randomness::Generator, timers::Timers};
use super::connection::Connection;
use crate::process::monotonic_nanoseconds;

/// The state of the one run that this process serves.
pub(crate) struct Host {
    connection: RefCell<Option<Connection>>,
    /// When the child gives up by itself.
    deadline: Cell<u64>,
    /// When the run is over.
    end: Cell<u64>,
    interrupted: Cell<bool>,
    /// Where the heap ended before the script had any of it.
    heap_start: Cell<usize>,
    timers: RefCell<Timers>,
    /// Fetches that have no answer yet.
    fetches: RefCell<BTreeSet<u32>>,
    fetches_made: Cell<u32>,
    log: RefCell<LogBudget>,
    generator: RefCell<Generator>,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self {
            connection: RefCell::new(None),
            deadline: Cell::new(u64::MAX),
            end: Cell::new(u64::MAX),
            interrupted: Cell::new(false),
            heap_start: Cell::new(usize::MAX),
            timers: RefCell::default(),
            fetches: RefCell::default(),
            fetches_made: Cell::new(0),
            log: RefCell::default(),
            generator: RefCell::default(),
        }
    }

    /// Puts the native functions on an object that only the built-in scripts see.
    pub(crate) fn install<'js>(
        self: &Rc<Self>,
        ctx: &Ctx<'js>,
        natives: &Object<'js>,
    ) -> rquickjs::Result<()> {
        console::install(self, ctx, natives)?;
        crypto::install(ctx, natives)?;
        encoding::install(ctx, natives)?;
        network::install(self, ctx, natives)?;
        randomness::install(self, ctx, natives)?;
        timers::install(self, ctx, natives)?;
        #[cfg(feature = "testing")]
        testing::install(self, ctx)?;
        web_url::install(ctx, natives)
    }

    pub(crate) fn connect(&self, connection: Connection) {
        self.heap_start.set(heap_end());
        *self.connection.borrow_mut() = Some(connection);
    }

    /// The connection to the parent.
    ///
    /// # Panics
    /// In the zygote, which has none and runs no script.
    pub(crate) fn connection(&self) -> RefMut<'_, Connection> {
        #[expect(
            clippy::expect_used,
            reason = "a child connects before it does anything else"
        )]
        RefMut::map(self.connection.borrow_mut(), |connection| {
            connection.as_mut().expect("a child is connected")
        })
    }

    /// Draws new randomness: whatever the zygote had, its children would share.
    pub(crate) fn reseed(&self) {
        self.generator.borrow_mut().reseed();
    }

    pub(crate) fn allow_until(&self, deadline: u64) {
        self.deadline.set(deadline);
        self.interrupted.set(false);
    }

    pub(crate) fn ends_at(&self, end: u64) {
        self.end.set(end);
    }

    pub(crate) fn deadline(&self) -> u64 {
        self.deadline.get()
    }

    /// The interrupt handler: whether the engine must stop.
    pub(crate) fn is_over(&self) -> bool {
        let over = monotonic_nanoseconds() >= self.deadline.get();
        if over {
            self.interrupted.set(true);
        }
        over
    }

    /// Whether the engine was told to stop.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.interrupted.get()
    }

    /// Whether memory was used up at some time, so that not even an error object fitted. It may be free again by now: the
    /// engine has left the function that filled it.
    pub(crate) fn was_memory_full(&self, limit: usize) -> bool {
        heap_end().saturating_sub(self.heap_start.get()) > limit - limit / 4
    }

    /// Whether nothing is under way that could go on by itself.
    pub(crate) fn is_idle(&self) -> bool {
        self.fetches.borrow().is_empty() && self.timers.borrow().next().is_none()
    }

    /// What a run that ran out of time was doing.
    pub(crate) fn pending_words(&self) -> String {
        let fetches = self.fetches.borrow().len();
        let timers = self.timers.borrow().len();
        match (fetches, timers) {
            (0, 0) => "still running".to_owned(),
            (0, timers) => format!("waiting for {timers} timer(s)"),
            (fetches, 0) => format!("waiting for {fetches} fetch(es)"),
            (fetches, timers) => format!("waiting for {fetches} fetch(es) and {timers} timer(s)"),
        }
    }

    pub(crate) fn next_timer(&self) -> Option<u64> {
        self.timers.borrow().next()
    }

    pub(crate) fn take_due_timer(&self, now: u64) -> Option<u32> {
        self.timers.borrow_mut().take_due(now)
    }

    /// Takes note of an answer; `false` when nobody waits for it any more.
    pub(crate) fn fetch_ended(&self, id: u32) -> bool {
        self.fetches.borrow_mut().remove(&id)
    }

    pub(crate) fn dropped_lines(&self) -> u32 {
        self.log.borrow().dropped_lines
    }
}

/// Where the heap ends. Nothing gives it back ([`keep_heap`]), so this is also the furthest it ever went.
fn heap_end() -> usize {
    // SAFETY: asks for no memory, so nothing moves.
    unsafe { libc::sbrk(0) as usize }
}

/// Tells the allocator not to give memory back: the process ends with its run anyway, and the end of the heap then tells how
/// much was used.
pub(crate) fn keep_heap() {
    // SAFETY: sets a number within the allocator; this process has one thread.
    unsafe { libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 30) };
}
