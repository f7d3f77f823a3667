//! The page to which a redirected browser returns.

use std::{
    io::{self, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// The path of the page; browsers ask for others too, such as icons.
const PATH: &str = "/continue";
/// Maximum size of a request.
const LONGEST: u64 = 64 * 1024;
/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";
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
    let parameters = returned(&mut BufReader::new(stream.take(LONGEST)))?;
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

/// The parameters of a request for the page: of its query, and of a form that the provider lets the browser post.
fn returned(request: &mut impl io::BufRead) -> io::Result<Option<Map<String, Value>>> {
    let mut line = String::new();
    request.read_line(&mut line)?;
    let mut parts = line.split(' ');
    let (method, target) = (parts.next(), parts.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != PATH || !matches!(method, Some("GET" | "POST")) {
        return Ok(None);
    }
    let mut all = parameters(query);
    let (mut is_form, mut length) = (false, 0);
    loop {
        let mut header = String::new();
        request.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "content-type" => is_form = value.starts_with(FORM),
            _ => {}
        }
    }
    if method == Some("POST") && is_form {
        let mut body = String::new();
        io::Read::take(request, length).read_to_string(&mut body)?;
        all.extend(parameters(&body));
    }
    Ok(Some(all))
}

/// The parameters of a query or a form.
fn parameters(text: &str) -> Map<String, Value> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), Value::from(decoded(value)))
    });
    pairs.collect()
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
            for request in [
                "GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n",
                "DELETE /continue HTTP/1.1\r\nhost: x\r\n\r\n",
                "GET /continue?code=a%2Bb+c&state=s HTTP/1.1\r\nhost: x\r\n\r\n",
                "POST /continue?state=s HTTP/1.1\r\nhost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\nSAMLResponse=PD94%3D",
                "POST /continue?state=s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            ] {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(request.as_bytes()).unwrap();
                let mut reply = String::new();
                // Of a refused request the rest is not read, which may reset the connection.
                let _ = stream.read_to_string(&mut reply);
                replies.push(reply);
            }
            replies
        });
        for expected in [
            json!({"code": "a+b c", "state": "s"}),
            json!({"SAMLResponse": "PD94=", "state": "s"}),
            json!({"state": "s"}),
        ] {
            assert_eq!(Value::Object(callback.wait().unwrap()), expected);
        }
        let replies = browser.join().unwrap();
        for refused in &replies[..2] {
            assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
        }
    }
}
