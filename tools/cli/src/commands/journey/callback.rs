//! The page to which a redirected browser returns.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// The path of the page; browsers ask for others too, such as icons.
const PATH: &str = "/continue";
/// Maximum size of a request line.
const LONGEST: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
const PAGE: &str = "<!doctype html><meta charset=utf-8><title>Hookpoint</title><p>The journey goes on in the terminal.</p>";

/// A listener on this machine.
pub(super) struct Callback(TcpListener);

impl Callback {
    /// Takes a free port.
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?))
    }

    /// The URL of the page.
    pub(super) fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}{PATH}", self.0.local_addr()?))
    }

    /// Waits for the browser, and returns the parameters that it brings.
    pub(super) fn wait(&self) -> io::Result<Map<String, Value>> {
        loop {
            let (stream, _) = self.0.accept()?;
            // A connection that breaks is not the browser's return.
            if let Ok(Some(parameters)) = serve(&stream) {
                return Ok(parameters);
            }
        }
    }
}

fn serve(mut stream: &TcpStream) -> io::Result<Option<Map<String, Value>>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    let target = line
        .strip_prefix("GET ")
        .and_then(|rest| rest.split(' ').next());
    let parameters = target.and_then(parameters);
    let (status, body) = match parameters {
        Some(_) => ("200 OK", PAGE),
        None => ("404 Not Found", ""),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(parameters)
}

/// The parameters of a request for the page.
fn parameters(target: &str) -> Option<Map<String, Value>> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != PATH {
        return None;
    }
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), Value::from(decoded(value)))
    });
    Some(pairs.collect())
}

#[cfg(test)]
mod tests {
    use std::thread;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_browser_brings_its_parameters_and_other_requests_do_not_count() {
        let callback = Callback::open().unwrap();
        let address = callback.0.local_addr().unwrap();
        let browser = thread::spawn(move || {
            let mut replies = Vec::new();
            for target in ["/favicon.ico", "/continue?code=a%2Bb+c&state=s"] {
                let mut stream = TcpStream::connect(address).unwrap();
                write!(stream, "GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
                let mut reply = String::new();
                // The rest of the request is not read, which may reset the connection.
                let _ = stream.read_to_string(&mut reply);
                replies.push(reply);
            }
            replies
        });
        let parameters = callback.wait().unwrap();
        assert_eq!(
            Value::Object(parameters),
            json!({"code": "a+b c", "state": "s"})
        );
        assert!(browser.join().unwrap()[0].starts_with("HTTP/1.1 404"));
    }
}
