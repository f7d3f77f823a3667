//! Tests of reporting a failed start.

use hookpoint_settings as settings;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

#[tokio::test]
async fn the_report_to_lambda_names_the_missing_variable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime_api = listener.local_addr().unwrap().to_string().parse().unwrap();
    let error = InitError::Configuration(vec![Defect::unreadable(
        &settings::TABLE,
        &VarError::NotPresent,
    )]);
    let lambda = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert_ne!(connection.read_buf(&mut request).await.unwrap(), 0);
        }
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
        connection.write_all(answer).await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let ((), request) = tokio::join!(report(error, runtime_api), lambda);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"));
    assert!(head.contains("lambda-runtime-function-error-type: Hookpoint.Configuration"));
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({
            "errorType": "Hookpoint.Configuration",
            "errorMessage": "`HOOKPOINT_TABLE` is not set. Name of the DynamoDB table.",
        })
    );
}
