//! An endpoint that answers as the emulated AWS did when it was first asked, but at once.

use std::{
    collections::HashMap,
    fs,
    io::{self, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::Context as _;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::distance;

/// How a function reaches AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Plain,
    Tls,
}

/// Where an endpoint listens, and the file with the certificate that clients must trust.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    pub(super) url: String,
    pub(super) certificate: Option<PathBuf>,
}

/// One request: its lines as they came, and its body.
struct Request {
    head: Vec<String>,
    body: Vec<u8>,
}

/// The answers so far, by the identity of their requests.
#[derive(Default)]
struct Answers(Mutex<HashMap<Vec<u8>, Vec<u8>>>);

impl Answers {
    fn answer(&self, request: &Request, emulator: SocketAddr) -> io::Result<Vec<u8>> {
        let identity = request.identity();
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&identity).cloned() {
            return Ok(answer);
        }
        let answer = request.forward(emulator)?;
        known().insert(identity, answer.clone());
        Ok(answer)
    }
}

/// Starts an endpoint, a round trip away, in front of an emulator. It lasts as long as this process.
pub(super) fn start(
    emulator: SocketAddr,
    transport: Transport,
    folder: &Path,
) -> anyhow::Result<Trust> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = distance::from(listener.local_addr()?)?;
    let (tls, certificate) = match transport {
        Transport::Plain => (None, None),
        Transport::Tls => {
            let (tls, certificate) = authority(folder)?;
            (Some(Arc::new(tls)), Some(certificate))
        }
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let answers = Arc::new(Answers::default());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (answers, tls) = (Arc::clone(&answers), tls.clone());
            // As the endpoints of AWS do: a TLS session's tickets would otherwise hold back the answer behind them for 40 ms.
            let _ = connection.set_nodelay(true);
            thread::spawn(move || {
                // A client that closes its connection is not a failure.
                let _ = match tls.and_then(|tls| ServerConnection::new(tls).ok()) {
                    Some(tls) => serve(StreamOwned::new(tls, connection), emulator, &answers),
                    None => serve(connection, emulator, &answers),
                };
            });
        }
    });
    Ok(Trust {
        url: format!("{scheme}://{address}"),
        certificate,
    })
}

/// A server's configuration with a certificate of its own, and the file that has it.
fn authority(folder: &Path) -> anyhow::Result<(ServerConfig, PathBuf)> {
    let name = Ipv4Addr::LOCALHOST.to_string();
    let made =
        rcgen::generate_simple_self_signed([name]).context("failed to make a certificate")?;
    let file = folder.join("endpoint.pem");
    fs::write(&file, made.cert.pem())
        .with_context(|| format!("failed to write `{}`", file.display()))?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok((config, file))
}

fn serve(stream: impl Read + Write, emulator: SocketAddr, answers: &Answers) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream)? {
        let answer = answers.answer(&request, emulator)?;
        stream.get_mut().write_all(&answer)?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

impl Request {
    /// The next request, or `None` at the end of the connection.
    fn read(stream: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let head = read_head(stream)?;
        let length = header(&head, "content-length").and_then(|text| text.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body)?;
        Ok((!head.is_empty()).then_some(Self { head, body }))
    }

    /// Equal for requests with equal answers: writes are answered alike, whatever they write.
    fn identity(&self) -> Vec<u8> {
        let target = header(&self.head, "x-amz-target").unwrap_or_default();
        let body: &[u8] = if target.contains("Write") {
            &[]
        } else {
            &self.body
        };
        [target.as_bytes(), b" ", body].concat()
    }

    /// The emulator's answer. It closes its connection, which this endpoint does not.
    fn forward(&self, emulator: SocketAddr) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(emulator)?;
        let mut text = String::new();
        for line in &self.head {
            if !line.to_ascii_lowercase().starts_with("connection:") {
                text += line;
                text += "\r\n";
            }
        }
        text += "connection: close\r\n\r\n";
        stream.write_all(text.as_bytes())?;
        stream.write_all(&self.body)?;
        let mut stream = BufReader::new(stream);
        let head = read_head(&mut stream)?;
        let mut body = Vec::new();
        stream.read_to_end(&mut body)?;
        let status = head
            .first()
            .map_or("", |line| line.trim_start_matches("HTTP/1.1 "));
        let kind = header(&head, "content-type").unwrap_or("application/x-amz-json-1.0");
        let mut answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        answer.extend(body);
        Ok(answer)
    }
}

/// The lines up to the empty one.
fn read_head(stream: &mut impl io::BufRead) -> io::Result<Vec<String>> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            return Ok(head);
        }
        head.push(line.trim_end().to_owned());
    }
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let lines = head.iter().filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn an_answer_comes_from_the_emulator_once() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let emulator = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = emulator.local_addr().unwrap();
        thread::spawn(move || {
            for connection in emulator.incoming().flatten() {
                ASKED.fetch_add(1, Ordering::SeqCst);
                let mut stream = BufReader::new(connection);
                let request = Request::read(&mut stream).unwrap().unwrap();
                let length = request.body.len();
                let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{length}");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let endpoint = start(address, Transport::Plain, folder.path()).unwrap();
        let at = endpoint.url.strip_prefix("http://").unwrap();
        let mut client = BufReader::new(TcpStream::connect(at).unwrap());
        for (target, body, asked) in [
            ("GetItem", "{}", 1),
            ("GetItem", "{}", 1),
            ("GetItem", "{1}", 2),
            ("BatchWriteItem", "{1}", 3),
            ("BatchWriteItem", "{2}", 3),
        ] {
            let length = body.len();
            let request = format!(
                "POST / HTTP/1.1\r\nX-Amz-Target: {target}\r\ncontent-length: {length}\r\n\r\n{body}"
            );
            client.get_mut().write_all(request.as_bytes()).unwrap();
            let answer = Request::read(&mut client).unwrap().unwrap();
            assert_eq!(answer.body, length.to_string().as_bytes());
            assert_eq!(ASKED.load(Ordering::SeqCst), asked);
        }
    }
}
