//! A gate in front of the emulated AWS: it asks the simulator about each request, passes on what the role is allowed, and refuses the
//! rest as AWS does.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    task::block_in_place,
};

use super::{
    super::{
        people::OWN,
        simulator::{Question, Simulator},
    },
    request::{Access, Request},
};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// What went through the gate, and what was refused.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) allowed: Vec<Access>,
    pub(super) denied: Vec<Access>,
}

/// A gate for one role.
pub(super) struct Gate {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Gate {
    /// Starts it before an address such as `127.0.0.1:5000`. It ends with the test.
    pub(super) async fn before(
        upstream: String,
        simulator: Arc<Mutex<Simulator>>,
        role: &'static str,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (upstream, simulator) = (upstream.clone(), Arc::clone(&simulator));
                let noted = Arc::clone(&noted);
                tokio::spawn(async move {
                    let judge = |access: &Access| {
                        let mut simulator = simulator.lock().unwrap();
                        block_in_place(|| simulator.allows(&question(role, access, true)))
                    };
                    // A client that hangs up is no concern of the gate.
                    let _ = serve(client, &upstream, judge, &noted).await;
                });
            }
        });
        Self { port, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was seen since the last call.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// The question whether a role is allowed an access.
pub(super) fn question(role: &str, access: &Access, is_allowed: bool) -> Question {
    Question {
        role: role.to_owned(),
        action: access.action,
        resource: access.resource.clone(),
        keys: access.keys.clone(),
        attributes: access.attributes.clone(),
        application: (role == "AuthorRole").then_some(OWN),
        via: None,
        caller: None,
        is_allowed,
    }
}

/// Serves one request, then closes the connection.
async fn serve(
    mut client: TcpStream,
    upstream: &str,
    judge: impl Fn(&Access) -> bool,
    noted: &Mutex<Seen>,
) -> io::Result<()> {
    let Some((head, request)) = read(&mut client).await? else {
        return Ok(());
    };
    let (allowed, denied): (Vec<_>, Vec<_>) = request.accesses().into_iter().partition(judge);
    let refusal = denied.first().map(|access| refusal(&request, access));
    {
        let mut seen = noted.lock().unwrap();
        seen.denied.extend(denied);
        // A request that is refused in part does nothing.
        if refusal.is_none() {
            seen.allowed.extend(allowed);
        }
    }
    if let Some(refusal) = refusal {
        client.write_all(refusal.as_bytes()).await?;
        return client.shutdown().await;
    }
    let mut server = TcpStream::connect(upstream).await?;
    let (first, rest) = head.split_once("\r\n").unwrap();
    let head = format!("{first}\r\nConnection: close\r\n{rest}");
    server.write_all(head.as_bytes()).await?;
    server.write_all(&request.body).await?;
    copy(&mut server, &mut client).await?;
    client.shutdown().await
}

/// Reads the head and the request; `None` if the client sends none.
async fn read(client: &mut TcpStream) -> io::Result<Option<(String, Request)>> {
    let mut bytes = Vec::new();
    let end = loop {
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        let mut windows = bytes.windows(END_OF_HEAD.len());
        if let Some(end) = windows.position(|window| window == END_OF_HEAD) {
            break end + END_OF_HEAD.len();
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        Some(value.trim().to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if client.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    let target = header("x-amz-target").unwrap_or_default();
    Ok(Some((head, Request { target, body })))
}

/// The response of AWS to who may not do something.
fn refusal(request: &Request, access: &Access) -> String {
    let message = format!(
        "User is not authorized to perform: {} on resource: {}",
        access.action, access.resource
    );
    let (kind, body) = if request.target.is_empty() {
        (
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error></ErrorResponse>"
            ),
        )
    } else {
        (
            "application/x-amz-json-1.0",
            format!(r#"{{"__type":"AccessDeniedException","message":"{message}"}}"#),
        )
    };
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
