//! Tests of the work after a response.

use std::{future::pending, sync::Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    time::timeout,
};

use super::*;

/// Records its flushes.
struct Diligent(Arc<Mutex<Vec<&'static str>>>);

#[async_trait]
impl Flush for Diligent {
    fn name(&self) -> &'static str {
        "diligent"
    }

    async fn flush(&self) {
        self.0.lock().unwrap().push("flushed");
    }
}

struct Hanging;

#[async_trait]
impl Flush for Hanging {
    fn name(&self) -> &'static str {
        "hanging"
    }

    async fn flush(&self) {
        pending::<()>().await;
    }
}

struct Panicking;

#[async_trait]
impl Flush for Panicking {
    fn name(&self) -> &'static str {
        "panicking"
    }

    async fn flush(&self) {
        panic!("a bug");
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_hangs_or_panics_keeps_nothing_else_from_being_done() {
    let done = Arc::new(Mutex::new(Vec::new()));
    let diligent = || Arc::new(Diligent(done.clone()));
    let after = AfterResponse::new(
        diligent(),
        vec![
            Arc::new(Hanging),
            Arc::new(Panicking),
            Arc::new(Hanging),
            diligent(),
        ],
    );
    let begin = Instant::now();
    after.responded().await;
    assert_eq!(*done.lock().unwrap(), ["flushed", "flushed"]);
    assert_eq!(begin.elapsed(), LIMIT, "all together");
}

#[tokio::test]
async fn an_extension_flushes_after_each_answer_and_ends_after_the_last_one_when_its_api_fails() {
    let happened = Arc::new(Mutex::new(Vec::new()));
    let after = AfterResponse::new(Arc::new(Diligent(happened.clone())), Vec::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime_api = listener.local_addr().unwrap().to_string().parse().unwrap();
    let lambda = {
        let (after, happened) = (Arc::clone(&after), happened.clone());
        async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let registered = "200 OK\r\nlambda-extension-identifier: 7";
            let mut answers = vec![registered, "200 OK", "200 OK"];
            answers.extend(["500 Oh"; 4]);
            for (index, answer) in answers.into_iter().enumerate() {
                let mut head = Vec::new();
                while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                    assert_ne!(connection.read_buf(&mut head).await.unwrap(), 0);
                }
                let head = String::from_utf8(head).unwrap();
                let is_next = index > 0;
                let request = if is_next {
                    "GET /2020-01-01/extension/event/next "
                } else {
                    "POST /2020-01-01/extension/register "
                };
                assert!(head.starts_with(request), "{head}");
                assert_eq!(head.contains("lambda-extension-identifier: 7"), is_next);
                if is_next {
                    after.begin();
                }
                let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 2\r\n\r\n{{}}");
                connection.write_all(text.as_bytes()).await.unwrap();
                if is_next && answer == "200 OK" {
                    happened.lock().unwrap().push("answered");
                    after.responded().await;
                }
            }
        }
    };
    let extension = async {
        let extension = extension::register(runtime_api).await.unwrap();
        let mut running = Box::pin(extension.take_over(Arc::clone(&after)));
        // One event is still being processed when the API has failed for good.
        let ended = timeout(Duration::from_millis(500), &mut running).await;
        assert!(ended.is_err(), "a caller is still waiting");
        happened.lock().unwrap().push("answered");
        after.responded().await;
        running.await;
    };
    tokio::join!(lambda, extension);
    assert_eq!(
        *happened.lock().unwrap(),
        [
            "answered", "flushed", "answered", "flushed", "answered", "flushed"
        ]
    );
}

#[tokio::test]
async fn without_an_extensions_api_there_is_no_extension() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime_api = listener.local_addr().unwrap().to_string().parse().unwrap();
    let emulator = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        assert_ne!(connection.read(&mut head).await.unwrap(), 0);
        let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(answer).await.unwrap();
    };
    let (extension, ()) = tokio::join!(extension::register(runtime_api), emulator);
    assert!(extension.is_none());
}
