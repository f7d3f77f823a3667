//! A server in a temporary folder, and a client that sends raw bytes.

use std::{path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};

use hookpoint_devserver::{App, AppOptions, DevServer, Notice, WorkspaceSource};

pub(super) struct Bench {
    pub(super) folder: TempDir,
    pub(super) server: DevServer,
    pub(super) notices: mpsc::Receiver<Notice>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(super) async fn serve(folder: &Path) -> (DevServer, mpsc::Receiver<Notice>) {
    serve_with(folder, Vec::new()).await
}

async fn serve_with(
    folder: &Path,
    environment: Vec<(String, String)>,
) -> (DevServer, mpsc::Receiver<Notice>) {
    let app = App::open(AppOptions {
        source: WorkspaceSource::folder(folder),
        receiver_port: 0,
        environment,
        bundler: std::sync::Arc::new(hookpoint_workspace::NoBundler),
    })
    .await;
    // Times of files are coarse: one that was just written would count as saved during the start, and be read again.
    tokio::time::sleep(Duration::from_millis(20)).await;
    DevServer::start(app.unwrap(), Some(0), true).await.unwrap()
}

impl Bench {
    /// Starts a server of the sample or of a given workspace.
    pub(super) async fn start(workspace: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(text) = workspace {
            std::fs::write(folder.path().join("hookpoint.yaml"), text).unwrap();
        }
        let (server, notices) = serve(folder.path()).await;
        Self {
            folder,
            server,
            notices,
        }
    }

    /// Starts a server of the workspace in a folder, with secrets in its environment.
    pub(super) async fn with_environment(
        folder: TempDir,
        environment: Vec<(String, String)>,
    ) -> Self {
        let (server, notices) = serve_with(folder.path(), environment).await;
        Self {
            folder,
            server,
            notices,
        }
    }

    /// The bearer token of an application.
    pub(super) fn key(&self, application: &str) -> &str {
        let id = application.parse().unwrap();
        self.server.keys()[&id].expose()
    }

    /// Posts an event as a host does.
    pub(super) async fn post(&self, application: &str, stage: &str, body: &str) -> Answer {
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.key(application)
        );
        let path = format!("/v1/applications/{application}/stages/{stage}");
        self.send("POST", &path, headers.as_bytes(), body.as_bytes())
            .await
    }

    /// Sends a request with these header lines.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[u8],
        body: &[u8],
    ) -> Answer {
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        let start = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        let message = [start.as_bytes(), headers, b"\r\n", body].concat();
        stream.write_all(&message).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            headers: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Waits for a successful reload; returns the changes and the applications with new keys.
    pub(super) async fn reloaded(&mut self) -> (String, Vec<String>) {
        loop {
            if let Notice::Reloaded(reloaded) = self.notices.recv().await.unwrap() {
                let ids = reloaded.new_keys.iter().map(|(id, _)| id.to_string());
                return (reloaded.changes.summary(), ids.collect());
            }
        }
    }

    /// Waits for a failed reload; returns the reason.
    pub(super) async fn kept(&mut self) -> String {
        loop {
            if let Notice::Kept(error) = self.notices.recv().await.unwrap() {
                return error.to_string();
            }
        }
    }
}
