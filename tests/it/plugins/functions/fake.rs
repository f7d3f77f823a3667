//! The vendors of all plugins, on a port of this machine: what they answer depends on the event.

use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    deadline::Deadline,
    hook::outcome::FailureClass,
    ports::{Fetch, FetchReply, FetchRequest},
};
use hookpoint_operator::Served;
use hookpoint_workspace::ExpectedRequest;
use tokio::{runtime::Handle, time::Instant};

use super::super::{
    trickle,
    vendor::{self, Fault},
};

/// Longer than any request takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// The replies of the vendors to an event: in the first run those of a case except for one fault, and in later runs
/// those of the case.
pub(super) struct Script {
    requests: Vec<ExpectedRequest>,
    fault: Option<(usize, Fault)>,
    /// A real service that replies instead of the case.
    real: Option<Arc<dyn Fetch>>,
    /// The runs so far, by the ids that they gave themselves.
    runs: Mutex<Vec<(String, Arc<Served>)>>,
    was_asked: AtomicBool,
}

enum Answer {
    Reply(FetchReply),
    /// No reply, on a connection that stays open.
    Silence,
    /// No reply, and the connection is closed.
    Closed,
    Trickle,
}

impl Script {
    pub(super) fn new(requests: &[ExpectedRequest], fault: Option<(usize, Fault)>) -> Arc<Self> {
        Arc::new(Self {
            requests: requests.to_vec(),
            fault,
            real: None,
            runs: Mutex::default(),
            was_asked: AtomicBool::new(false),
        })
    }

    /// Every request goes to a real service.
    pub(super) fn of(real: Arc<dyn Fetch>) -> Arc<Self> {
        Arc::new(Self {
            requests: Vec::new(),
            fault: None,
            real: Some(real),
            runs: Mutex::default(),
            was_asked: AtomicBool::new(false),
        })
    }

    /// Whether a hook made the request that fails.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// How many runs made a request.
    pub(super) fn run_count(&self) -> usize {
        self.runs.lock().unwrap().len()
    }

    /// The unexpected requests of the last run, and those that are missing.
    pub(super) fn problems(&self) -> Vec<String> {
        let runs = self.runs.lock().unwrap();
        match runs.last() {
            Some((_, served)) => served.problems(),
            None => Served::new(self.requests.clone()).problems(),
        }
    }

    /// The replies for a run, and whether it is the first.
    fn served(&self, run: &str) -> (bool, Arc<Served>) {
        let mut runs = self.runs.lock().unwrap();
        if let Some(index) = runs.iter().position(|(known, _)| known == run) {
            return (index == 0, Arc::clone(&runs[index].1));
        }
        let served = match &self.fault {
            Some((index, Fault::Reply(reply))) if runs.is_empty() => {
                vendor::failing(&self.requests, *index, reply)
            }
            _ => Arc::new(Served::new(self.requests.clone())),
        };
        runs.push((run.to_owned(), Arc::clone(&served)));
        (runs.len() == 1, served)
    }

    async fn answer(&self, run: &str, request: FetchRequest) -> Answer {
        let (is_first, served) = self.served(run);
        if let Some((index, fault)) = &self.fault
            && is_first
        {
            let failing = &self.requests[*index];
            if (&failing.method, &failing.url) == (&request.method, &request.url) {
                self.was_asked.store(true, Ordering::Relaxed);
                if matches!(fault, Fault::Trickle) {
                    return Answer::Trickle;
                }
            }
        }
        let answered = match &self.real {
            Some(real) => real.fetch(request).await,
            None => served.fetch(request).await,
        };
        match answered {
            Ok(reply) => Answer::Reply(reply),
            Err(failure) if failure.class == FailureClass::Timeout => Answer::Silence,
            Err(failure) if failure.class == FailureClass::Connection => Answer::Closed,
            Err(_) => Answer::Reply(FetchReply {
                status: 501,
                headers: Vec::new(),
                body: Vec::new(),
            }),
        }
    }
}

/// The scripts by the correlation ids of their events.
#[derive(Default)]
pub(super) struct Vendors(Mutex<HashMap<String, Arc<Script>>>);

impl Vendors {
    /// Starts to serve, as long as the test runs. Returns the port.
    pub(super) fn start() -> (u16, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (vendors, runtime) = (Arc::<Self>::default(), Handle::current());
        let serving = Arc::clone(&vendors);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, vendors, runtime) =
                    (stream.unwrap(), Arc::clone(&serving), runtime.clone());
                // A client hangs up when its time is over.
                thread::spawn(move || drop(vendors.serve(&stream, &runtime)));
            }
        });
        (port, vendors)
    }

    pub(super) fn follow(&self, correlation_id: &str, script: &Arc<Script>) {
        let mut scripts = self.0.lock().unwrap();
        scripts.insert(correlation_id.to_owned(), Arc::clone(script));
    }

    fn serve(&self, stream: &TcpStream, runtime: &Handle) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let (target, mut request) = read(&mut reader)?;
        // The event and the run, then the URL without its scheme.
        let mut parts = target.trim_start_matches('/').splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (event, run) = (part(), part());
        request.url = format!("https://{}", part());
        let script = self.0.lock().unwrap().get(event).cloned();
        let Some(script) = script else {
            return Ok(());
        };
        match runtime.block_on(script.answer(run, request)) {
            Answer::Reply(reply) => write(stream, &reply),
            Answer::Silence => io::copy(&mut reader, &mut io::sink()).map(|_| ()),
            Answer::Closed => Ok(()),
            Answer::Trickle => trickle::drip(stream),
        }
    }
}

/// Reads a request with the target of its line; its URL is left empty.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<(String, FetchRequest)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    let (method, target) = (word(), word());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(Ok(0), |(_, value)| value.parse());
    // These two are about this connection.
    headers.retain(|(name, _)| !["host", "content-length"].contains(&&name[..]));
    let mut body = vec![0; length.map_err(io::Error::other)?];
    reader.read_exact(&mut body)?;
    let request = FetchRequest {
        method,
        url: String::new(),
        headers,
        body,
        deadline: Deadline::after(Instant::now(), PATIENCE),
        now: SystemTime::now(),
    };
    Ok((target, request))
}

fn write(mut stream: &TcpStream, reply: &FetchReply) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        write!(head, "{name}: {value}\r\n")?;
    }
    if reply.status != 204 {
        write!(head, "content-length: {}\r\n", reply.body.len())?;
    }
    stream.write_all(&head)?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&reply.body)
}
