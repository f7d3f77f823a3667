//! Proxies in the environment are ignored.

use std::{env, process::Stdio};

use super::{hooks, post, server::Server};

const TARGET: &str = "HOOKPOINT_TEST_PROXY_TARGET";

/// The environment belongs to the whole process, so this test starts itself as a second one with proxies set.
#[tokio::test]
async fn proxies_in_the_environment_are_ignored() {
    if let Some(target) = env::var_os(TARGET) {
        let reply = post(&hooks(), target.to_str().unwrap()).await.unwrap();
        assert_eq!(reply.status, 204);
        return;
    }
    let target = Server::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let proxy = Server::answering("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    let mut command = tokio::process::Command::new(env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "tests::proxy::proxies_in_the_environment_are_ignored",
        ])
        .env(TARGET, target.url("/"))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, proxy.url(""));
        command.env(name.to_lowercase(), proxy.url(""));
    }
    let output = command.output().await.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!((target.connections(), proxy.connections()), (1, 0));
}
