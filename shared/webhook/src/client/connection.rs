//! What became of a connection, known where its bytes pass.
//!
//! An endpoint may close a kept connection at the moment the next request is written to it. The request is lost though nothing is
//! wrong, and the HTTP library cannot say so: the same error stands for an endpoint that read the request, began an answer and broke
//! off. Only the bytes tell the two apart.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::client::legacy::{
    self,
    connect::{Connected, Connection},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The life of one connection.
#[derive(Debug, Clone, Default)]
struct Life(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    /// Something was read from it, ever: it has answered a request before the one at hand, or this one.
    answered: AtomicBool,
    /// Something was written, and nothing was read since.
    silent: AtomicBool,
}

/// Whether the request was lost with a connection that had answered before and died before the first byte of this answer.
pub(crate) fn was_lost_on_a_kept_connection(error: &legacy::Error) -> bool {
    let mut extras = http::Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Life>().is_some_and(|Life(flags)| {
        flags.answered.load(Ordering::Acquire) && flags.silent.load(Ordering::Acquire)
    })
}

/// A stream that keeps account of its [`Life`].
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    life: Life,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            life: Life::default(),
        }
    }
}

impl<S: Connection> Connection for Watched<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.life.clone())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.life.0.answered.store(true, Ordering::Release);
            self.life.0.silent.store(false, Ordering::Release);
        }
        read
    }
}

impl<S> Watched<S> {
    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        // A write that fails counts too: it was the next request's.
        if written.is_ready() {
            self.life.0.silent.store(true, Ordering::Release);
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
