//! A client that hangs up before the response and retries.

use std::time::Duration;

use hookpoint_stages::Stage;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    client::Bench,
    endpoint::{Endpoint, status},
    tests,
};

tests![a_client_that_hangs_up_and_asks_again_finds_the_hooks_done];

const PATH: &str = "/v1/applications/bot/stages/conversation-start";

async fn a_client_that_hangs_up_and_asks_again_finds_the_hooks_done() {
    let endpoint = Endpoint::start(|_, _| (Duration::from_secs(1), status(204))).await;
    let workspace = format!(
        "version: 1\napplications: {{ bot: {{ kind: conversation }} }}\nhooks:\n  slow: {{ webhook: {{ url: http://127.0.0.1:{}/slow }} }}\nbindings:\n  - {{ application: bot, stage: conversationStart, hook: slow }}\nlocal: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}\n",
        endpoint.port
    );
    let bench = Bench::start(Some(&workspace)).await;
    let body = Stage::ConversationStart.example().to_string();
    let headers = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\nIdempotency-Key: once\r\n",
        bench.key("bot")
    );
    let mut stream = TcpStream::connect(bench.server.address()).await.unwrap();
    let request = format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    endpoint.until(|posts| posts.len() == 1).await;
    drop(stream);
    let answer = loop {
        let answer = bench
            .send("POST", PATH, headers.as_bytes(), body.as_bytes())
            .await;
        if answer.status != 409 {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.headers.contains("idempotent-replayed: true"));
    assert_eq!(endpoint.posts().len(), 1, "the hook ran once");
}
