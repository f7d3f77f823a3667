//! The parent's side of one conversation with a child: frames out, frames in, fetches in between, and the deadline above all.

use std::{
    collections::HashMap,
    io::Write as _,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{AbortHandle, BoxFuture, abortable},
    stream::FuturesUnordered,
};
use hookpoint_engine::{deadline::Deadline, outcome::HookFailure, ports::Fetch};
use tokio::{
    io::Interest,
    net::UnixStream,
    time::{Instant, timeout_at},
};

use super::{
    child::Child,
    reply::{self, Said},
};
use crate::{
    fetching::{self, Budget, Redirect, Request, Response, Rules},
    frame::{self, FrameDecoder},
    message::{
        CHILD_FRAME_LIMIT, CHILD_TOTAL_LIMIT, FETCH_LIMIT, FETCHED, FailureHeader, FetchHeader,
        FetchedHeader, LOG_LIMIT,
    },
    process::control::Exit,
};

/// How much is read at once.
const READ_SIZE: usize = 16 * 1024;

/// A stream that ends this soon belonged to a child that was dead already.
const DEAD_ON_ARRIVAL: Duration = Duration::from_millis(5);

/// The most lines of a log that are kept. A child that logs only ends of lines could send one for each byte.
const LOG_LINES: usize = 1000;

/// How a conversation ended, before anybody judges it.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The child gave a result.
    Result { body: Vec<u8>, dropped_lines: u32 },
    /// The child reported a failure.
    Failure(FailureHeader),
    /// The child says that the source compiles.
    Checked,
    /// The deadline passed.
    TimedOut,
    /// The child is gone without a word.
    Died(Exit),
    /// The child said something that no child says.
    Nonsense(String),
}

impl Ended {
    /// Whether the child was ended by nobody knows whom: its zygote died, or the system was short of memory.
    pub(crate) fn is_untold_death(&self) -> bool {
        matches!(
            self,
            Self::Died(Exit::Unknown | Exit::Signal(libc::SIGKILL))
        )
    }
}

/// What the conversation needs besides the child.
pub(crate) struct Surroundings<'a> {
    pub(crate) fetch: &'a dyn Fetch,
    pub(crate) hosts: &'a [String],
    pub(crate) deadline: Deadline,
    pub(crate) now: SystemTime,
}

/// The answer to a request, by its number.
type Fetched = (u32, Result<Response, HookFailure>);

/// A conversation under way.
pub(crate) struct Conversation<'a> {
    surroundings: Surroundings<'a>,
    started: Instant,
    stream: UnixStream,
    decoder: FrameDecoder,
    /// How much the child has said.
    received: usize,
    /// What is still to be said to the child.
    outgoing: Vec<u8>,
    written: usize,
    fetches: FuturesUnordered<BoxFuture<'a, Option<Fetched>>>,
    aborts: HashMap<u32, AbortHandle>,
    last_fetch: u32,
    budget: Arc<Budget>,
    pub(crate) log: Vec<String>,
    /// How much the child has sent of it.
    logged: usize,
    /// Lines that are not kept.
    dropped_lines: u32,
    was_dead: bool,
}

impl<'a> Conversation<'a> {
    /// Opens the conversation with these bytes. As many of them as the socket takes are written at once: nearly every event fits,
    /// and the child begins while the caller is still busy.
    pub(crate) fn open(
        child: &mut Child,
        opening: Vec<u8>,
        surroundings: Surroundings<'a>,
    ) -> std::io::Result<Self> {
        let mut socket = child.take_socket()?;
        // A child that is gone is noticed when it is listened to.
        let written = socket.write(&opening).unwrap_or(0);
        Ok(Self {
            surroundings,
            started: Instant::now(),
            stream: UnixStream::from_std(socket)?,
            decoder: FrameDecoder::new(CHILD_FRAME_LIMIT),
            received: 0,
            outgoing: opening,
            written,
            fetches: FuturesUnordered::new(),
            aborts: HashMap::new(),
            last_fetch: 0,
            budget: Arc::default(),
            log: Vec::new(),
            logged: 0,
            dropped_lines: 0,
            was_dead: false,
        })
    }

    /// Talks until the child has nothing more to say, or the deadline has come. The child is dead afterwards, or dying.
    pub(crate) async fn run(&mut self, child: &Child) -> Ended {
        let deadline = self.surroundings.deadline.instant();
        let ended = timeout_at(deadline, self.talk()).await;
        let mut ended = match ended {
            // A last look: what the child said in time may lie here unread, on a busy machine.
            Err(_) => self
                .read(&mut vec![0; READ_SIZE])
                .flatten()
                .unwrap_or(Ended::TimedOut),
            // The zygote tells how it ended; if the zygote is gone too, nobody does.
            Ok(None) => {
                self.was_dead = self.received == 0 && self.started.elapsed() < DEAD_ON_ARRIVAL;
                match timeout_at(deadline, child.exit()).await {
                    Ok(exit) => Ended::Died(exit),
                    Err(_) => Ended::Died(Exit::Unknown),
                }
            }
            Ok(Some(ended)) => ended,
        };
        child.kill();
        if let Ended::Result { dropped_lines, .. }
        | Ended::Failure(FailureHeader { dropped_lines, .. }) = &mut ended
        {
            *dropped_lines = dropped_lines.saturating_add(self.dropped_lines);
        }
        ended
    }

    /// Whether the child was dead before it could do anything: the stream ended at once and without a word.
    pub(crate) fn was_dead(&self) -> bool {
        self.was_dead
    }

    /// `None` when the child is gone.
    async fn talk(&mut self) -> Option<Ended> {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            let interest = if self.written < self.outgoing.len() {
                Interest::READABLE | Interest::WRITABLE
            } else {
                Interest::READABLE
            };
            tokio::select! {
                ready = self.stream.ready(interest) => {
                    let ready = ready.ok()?;
                    if ready.is_writable() {
                        self.write();
                    }
                    if ready.is_readable()
                        && let Some(ended) = self.read(&mut buffer)?
                    {
                        return Some(ended);
                    }
                }
                Some(fetched) = self.fetches.next(), if !self.fetches.is_empty() => {
                    if let Some((id, reply)) = fetched {
                        self.aborts.remove(&id);
                        self.answer(id, reply);
                    }
                    self.write();
                }
            }
        }
    }

    fn write(&mut self) {
        while self.written < self.outgoing.len() {
            match self.stream.try_write(&self.outgoing[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // A child that died while it was spoken to may have said why before.
                Err(_) => break,
            }
        }
        self.outgoing.clear();
        self.written = 0;
    }

    /// Reads what is there; `None` at the end of the stream.
    #[expect(
        clippy::option_option,
        reason = "the end of the stream and the end of the run are different things"
    )]
    fn read(&mut self, buffer: &mut [u8]) -> Option<Option<Ended>> {
        let count = match self.stream.try_read(buffer) {
            Ok(0) => return None,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Some(None),
            Err(_) => return None,
        };
        self.received += count;
        if self.received > CHILD_TOTAL_LIMIT {
            return Some(Some(Ended::Nonsense(format!(
                "more than {CHILD_TOTAL_LIMIT} bytes in one run"
            ))));
        }
        self.decoder.push(&buffer[..count]);
        loop {
            let frame = match self.decoder.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Some(None),
                Err(error) => return Some(Some(Ended::Nonsense(error.to_string()))),
            };
            match reply::read(frame) {
                Ok(said) => {
                    if let Some(ended) = self.take_note(said) {
                        return Some(Some(ended));
                    }
                }
                Err(message) => return Some(Some(Ended::Nonsense(message))),
            }
        }
    }

    fn take_note(&mut self, said: Said) -> Option<Ended> {
        match said {
            Said::Result {
                body,
                dropped_lines,
            } => Some(Ended::Result {
                body,
                dropped_lines,
            }),
            Said::Failure(failure) => Some(Ended::Failure(failure)),
            Said::Checked => Some(Ended::Checked),
            Said::Log(line) => self.note_line(line),
            Said::Fetch(header, body) => self.begin_fetch(header, body),
            Said::Abort(id) => {
                if let Some(abort) = self.aborts.remove(&id) {
                    abort.abort();
                }
                None
            }
        }
    }

    /// Keeps a line, if it still fits: the child has counted already, but it may have been taken over, and a line of control
    /// characters grows when they are replaced. A child that sends more than can be explained so has been taken over.
    fn note_line(&mut self, line: String) -> Option<Ended> {
        let before = self.logged;
        self.logged += line.len() + 1;
        if self.logged > 4 * LOG_LIMIT {
            return Some(Ended::Nonsense("more log than a child may send".to_owned()));
        }
        // From the first line that does not fit, so that what is kept has no holes.
        if self.dropped_lines > 0 || before + line.len() > LOG_LIMIT || self.log.len() >= LOG_LINES
        {
            self.dropped_lines += 1;
        } else {
            self.log.push(line);
        }
        None
    }

    fn begin_fetch(&mut self, header: FetchHeader, body: Vec<u8>) -> Option<Ended> {
        let FetchHeader {
            id,
            method,
            url,
            redirect,
            headers,
        } = header;
        let Some(redirect) = Redirect::parse(&redirect) else {
            return Some(Ended::Nonsense("an unknown kind of redirect".to_owned()));
        };
        // A child counts its requests from one; that is also what bounds them.
        if id != self.last_fetch + 1 || id > FETCH_LIMIT {
            return Some(Ended::Nonsense(format!(
                "request number {id} after number {}",
                self.last_fetch
            )));
        }
        self.last_fetch = id;
        let request = Request {
            method,
            url,
            headers,
            body,
            redirect,
        };
        let rules = Rules {
            fetch: self.surroundings.fetch,
            hosts: self.surroundings.hosts,
            deadline: self.surroundings.deadline,
            now: self.surroundings.now,
            started: self.started,
            budget: Arc::clone(&self.budget),
        };
        let (fetch, abort) = abortable(fetching::exchange(request, rules));
        self.aborts.insert(id, abort);
        self.fetches.push(
            fetch
                .map(move |reply| reply.ok().map(|reply| (id, reply)))
                .boxed(),
        );
        None
    }

    fn answer(&mut self, id: u32, reply: Result<Response, HookFailure>) {
        let (header, body) = match reply {
            Ok(reply) => (
                FetchedHeader {
                    id,
                    status: reply.status,
                    url: reply.url,
                    redirected: reply.redirected,
                    headers: reply.headers,
                    error: None,
                },
                reply.body,
            ),
            Err(failure) => (
                FetchedHeader {
                    id,
                    status: 0,
                    url: String::new(),
                    redirected: false,
                    headers: Vec::new(),
                    error: Some((failure.class.as_str().to_owned(), failure.message)),
                },
                Vec::new(),
            ),
        };
        // Strings and numbers always serialise.
        let header = serde_json::to_vec(&header).unwrap_or_default();
        self.outgoing
            .extend(frame::encode(FETCHED, &header, &[&body]));
    }
}
