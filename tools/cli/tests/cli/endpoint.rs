//! An endpoint for webhooks, without a runtime: it answers as the test says and records requests.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// Headers by lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

/// The status line and headers, and the body.
pub(crate) type Answer = (&'static str, String);

type Answering = dyn Fn(&Post) -> Answer + Send + Sync;

/// An endpoint that ends with the process of the tests.
pub(crate) struct Endpoint {
    pub(crate) port: u16,
    posts: Arc<Mutex<Vec<Post>>>,
}

impl Endpoint {
    pub(crate) fn start(answer: impl Fn(&Post) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let posts = Arc::<Mutex<Vec<Post>>>::default();
        let answer: Arc<Answering> = Arc::new(answer);
        let all = posts.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (all, answer) = (all.clone(), answer.clone());
                thread::spawn(move || while serve(&stream, &all, answer.as_ref()).is_some() {});
            }
        });
        Self { port, posts }
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.posts.lock().unwrap().len()
    }
}

/// Serves one request; `None` if the client has hung up.
fn serve(stream: &TcpStream, posts: &Mutex<Vec<Post>>, answer: &Answering) -> Option<()> {
    // A client waits for its answer before it sends more, so nothing is lost with the buffer.
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(Ok(0), |length| length.parse())
        .ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let post = Post { headers, body };
    posts.lock().unwrap().push(post.clone());
    let (head, body) = answer(&post);
    let length = body.len();
    let message = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}");
    let mut stream = stream;
    stream.write_all(message.as_bytes()).ok()
}
