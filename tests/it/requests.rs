//! A relay in front of the emulated AWS that notes the operations of requests.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

/// What comes before the name of an operation in the head of a request.
const TARGET: &str = "x-amz-target:";

/// Passes bytes on, and keeps those of the requests.
pub(crate) struct Relay {
    port: u16,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Relay {
    /// Starts a relay to an address such as `127.0.0.1:5000`. It ends with the test.
    pub(crate) async fn to(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&upstream).await.unwrap();
                tokio::spawn(pass_on(client, server, Arc::clone(&noted)));
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The operations so far, such as `DynamoDB_20120810.Query`.
    pub(crate) fn operations(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let text = seen.iter().map(|bytes| String::from_utf8_lossy(bytes));
        text.flat_map(|text| {
            let lines = text.lines().filter(|line| line.len() > TARGET.len());
            let targets = lines.filter_map(|line| {
                let (name, target) = line.split_at_checked(TARGET.len())?;
                name.eq_ignore_ascii_case(TARGET)
                    .then(|| target.trim().to_owned())
            });
            targets.collect::<Vec<_>>()
        })
        .collect()
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, seen: Arc<Mutex<Vec<Vec<u8>>>>) {
    let connection = {
        let mut seen = seen.lock().unwrap();
        seen.push(Vec::new());
        seen.len() - 1
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move {
        // A client that hangs up is no concern of the relay.
        let _ = copy(&mut from_server, &mut to_client).await;
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        seen.lock().unwrap()[connection].extend_from_slice(&buffer[..length]);
        if to_server.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    drop(to_server);
    let _ = back.await;
}
