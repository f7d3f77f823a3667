//! A vendor that answers at once and sends its body byte by byte, for longer than any hook has.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::HookFailure,
    ports::{Fetch, FetchReply, FetchRequest},
};
use hookpoint_operator::Served;
use hookpoint_workspace::ExpectedRequest;

use super::elsewhere::Elsewhere;

/// The time between two bytes.
const PACE: Duration = Duration::from_millis(20);
/// The length of a body; sending it takes ten seconds.
const LENGTH: usize = 500;

/// Starts the server, which lives as long as the test.
pub(super) fn start() -> Arc<Elsewhere> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            // The client hangs up at its deadline.
            thread::spawn(move || drop(serve(&stream)));
        }
    });
    Arc::new(Elsewhere::new(&format!("http://{address}")))
}

fn serve(stream: &TcpStream) -> std::io::Result<()> {
    for line in BufReader::new(stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    drip(stream)
}

/// Sends the response byte by byte until the client hangs up.
pub(super) fn drip(mut stream: &TcpStream) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {LENGTH}\r\n\r\n{{"
    )?;
    for _ in 1..LENGTH {
        stream.write_all(b" ")?;
        thread::sleep(PACE);
    }
    Ok(())
}

/// Serves the requests of a case; the body of one trickles.
pub(super) struct Trickling {
    served: Served,
    method: String,
    url: String,
    slow: Arc<Elsewhere>,
    was_asked: AtomicBool,
}

impl Trickling {
    pub(super) fn at(requests: &[ExpectedRequest], index: usize, slow: &Arc<Elsewhere>) -> Self {
        Self {
            served: Served::new(requests.to_vec()),
            method: requests[index].method.clone(),
            url: requests[index].url.clone(),
            slow: slow.clone(),
            was_asked: AtomicBool::new(false),
        }
    }

    /// Whether the hook came as far as the slow request.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Fetch for Trickling {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchReply, HookFailure> {
        if (&request.method, &request.url) == (&self.method, &self.url) {
            self.was_asked.store(true, Ordering::Relaxed);
            return self.slow.fetch(request).await;
        }
        self.served.fetch(request).await
    }
}
