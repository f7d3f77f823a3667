//! The HTTP exchanges of one run, as they happen.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    hook::outcome::{FailureClass, HookFailure},
    ports::fetch::{FetchReply, FetchRequest},
};

const RETRY_AFTER: &str = "retry-after";

/// The exchanges so far, in the order in which they began. May hold secrets until they are redacted for a record.
pub struct Exchanges {
    keeps_bodies: bool,
    all: Mutex<Vec<Exchange>>,
    has_waited: AtomicBool,
}

/// A request, and how it ended.
pub(crate) struct Exchange {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
    began: Instant,
    elapsed: Option<Duration>,
}

/// How a request ended.
pub(crate) enum End {
    /// It did not end: the run or the script abandoned it.
    None,
    /// With a response.
    Reply(FetchReply),
    /// Without a usable response.
    Failure(FailureClass, String),
}

/// Identifies an exchange within its run.
#[derive(Debug, Clone, Copy)]
pub struct ExchangeNumber(usize);

impl fmt::Debug for Exchanges {
    /// Omits the exchanges, which may hold secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Exchanges").finish_non_exhaustive()
    }
}

impl Exchanges {
    /// An empty list. Bodies and headers cost memory, and are kept only where a record will have them.
    pub fn new(keeps_bodies: bool) -> Self {
        Self {
            keeps_bodies,
            all: Mutex::default(),
            has_waited: AtomicBool::new(false),
        }
    }

    /// Notes that the run has to wait for other runs to end, which counts against its time.
    pub fn wait_for_others(&self) {
        self.has_waited.store(true, Ordering::Relaxed);
    }

    /// Whether the run had to wait for others.
    pub(crate) fn has_waited_for_others(&self) -> bool {
        self.has_waited.load(Ordering::Relaxed)
    }

    /// Notes that a request of a script begins.
    pub fn begin(&self, request: &FetchRequest) -> ExchangeNumber {
        self.begin_with(&request.method, &request.url, &request.body)
    }

    /// Notes that a request begins.
    pub(crate) fn begin_with(&self, method: &str, url: &str, body: &[u8]) -> ExchangeNumber {
        let mut all = self.lock();
        all.push(Exchange {
            method: method.to_owned(),
            url: url.to_owned(),
            body: if self.keeps_bodies {
                body.to_vec()
            } else {
                Vec::new()
            },
            end: End::None,
            began: Instant::now(),
            elapsed: None,
        });
        ExchangeNumber(all.len() - 1)
    }

    /// Notes how a request ended.
    pub fn end(&self, number: ExchangeNumber, result: &Result<FetchReply, HookFailure>) {
        let end = match result {
            Ok(reply) if self.keeps_bodies => End::Reply(reply.clone()),
            Ok(reply) => End::Reply(FetchReply {
                status: reply.status,
                headers: reply
                    .headers
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(RETRY_AFTER))
                    .cloned()
                    .collect(),
                body: Vec::new(),
            }),
            Err(failure) => End::Failure(failure.class, failure.message.clone()),
        };
        if let Some(exchange) = self.lock().get_mut(number.0) {
            exchange.elapsed = Some(exchange.began.elapsed());
            exchange.end = end;
        }
    }

    /// Whether a request has no response: the connection failed, or the run or the script gave up. A request that failed before another
    /// one began counts as handled by the script.
    pub(crate) fn is_unanswered(&self) -> bool {
        let all = self.lock();
        let Some(last) = all.last().map(|exchange| exchange.began) else {
            return false;
        };
        all.iter().any(|exchange| match &exchange.end {
            End::None => true,
            End::Failure(class, _) => {
                class.is_transport() && exchange.began + exchange.elapsed() >= last
            }
            End::Reply(_) => false,
        })
    }

    /// `Retry-After` of the last response, if that reports an error.
    pub(crate) fn retry_after(&self) -> Option<String> {
        let all = self.lock();
        let last = all.iter().rev().find_map(|exchange| match &exchange.end {
            End::Reply(reply) => Some(reply),
            End::None | End::Failure(..) => None,
        })?;
        let mut headers = last.headers.iter();
        let (_, value) = headers
            .find(|(name, _)| name.eq_ignore_ascii_case(RETRY_AFTER))
            .filter(|_| last.status >= 400)?;
        Some(value.clone())
    }

    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    /// How long it took, or has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed.unwrap_or_else(|| self.began.elapsed())
    }
}
