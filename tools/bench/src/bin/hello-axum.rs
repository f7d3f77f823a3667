//! The baseline of `hookpoint dev`, and an endpoint for webhooks: one handler with a fixed answer.

use std::net::Ipv4Addr;

use axum::{Router, http::header::CONTENT_TYPE, response::IntoResponse};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // Standard error is not buffered: the parent process waits for the line.
    eprintln!("listening on http://{address}");
    axum::serve(listener, Router::new().fallback(hello)).await
}

async fn hello() -> impl IntoResponse {
    let body = r#"{"context":{"tier":"gold"}}"#;
    ([(CONTENT_TYPE, "application/json")], body)
}
