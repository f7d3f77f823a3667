//! The server that snippets call.

use std::{collections::BTreeMap, io::Write as _, net::SocketAddr, sync::LazyLock};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Response, StatusCode, Uri, header},
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// The public half of the key in `tests/node/rsa.cjs`.
static KEY: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "e": "AQAB",
        "n": "kz2rxsMIWexFMiHdD_CRDaH2_5KIJ7Ag9ivkCL-foNZH-A_-GVaP6yAjIomtcgb-wgSPOTHQklSlc9pViqclceWMXrb3guY0omoqDulnz1djVNcPf4MR09MKdv5hd9mk_vafVN_Xv3nGXCxfziqObjOBg9azH4nzexstMKYipkLcyjyVh_tRyvdHLVtJLe8oVehK1e9vu2vfl-Ip7IPPRqQ5oJQPzDHBlR3jGFex9P5IJebtgIV2anofyu5H9YuSZVt__Zox0K9YEw7XouJe415KInkoP_tS1VA__fQz73SQ62Q1_3-hz7bZAoOXKO-cWiNvXd3-4ivR93xKjC_X5Q",
    })
});

/// Runs until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(respond);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn respond(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let response = Response::builder();
    let built = match uri.path() {
        "/missing" => response
            .status(StatusCode::NOT_FOUND)
            .header("x-reason", "absent")
            .body(Body::from("not here")),
        "/redirect" => response
            .status(StatusCode::FOUND)
            .header(header::LOCATION, "/echo?from=redirect")
            .body(Body::empty()),
        "/empty" => response.status(StatusCode::NO_CONTENT).body(Body::empty()),
        "/cookies" => response
            .header(header::SET_COOKIE, "a=1; Path=/")
            .header(header::SET_COOKIE, "b=2")
            .body(Body::from("cookies")),
        "/gzip" => response
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .header(header::CONTENT_ENCODING, "gzip")
            .body(Body::from(gzip("compressed text".as_bytes()))),
        "/bytes" => response
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::from((0..=255).collect::<Vec<u8>>())),
        "/jwks" => response
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(json!({ "keys": [KEY.clone()] }).to_string())),
        "/never" => std::future::pending().await,
        _ => response
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-served-by", "test")
            .body(Body::from(echo(&method, &uri, &headers, &body).to_string())),
    };
    built.unwrap()
}

/// What arrived, without the headers that every client sets in its own way.
fn echo(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Value {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.as_str();
        if name.starts_with("x-") || matches!(name, "authorization" | "content-type") {
            let value = String::from_utf8_lossy(value.as_bytes());
            kept.entry(name.to_owned())
                .and_modify(|known| {
                    known.push_str(", ");
                    known.push_str(&value);
                })
                .or_insert_with(|| value.into_owned());
        }
    }
    json!({
        "method": method.as_str(),
        "url": uri.to_string(),
        "headers": kept,
        "body": String::from_utf8_lossy(body),
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
