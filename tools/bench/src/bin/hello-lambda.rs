//! The baseline of a stage function: a plain Lambda that does nothing.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// One thread, like a stage function: several would only make the baseline slower.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(hello)).await
}

async fn hello(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let body = r#"{"context":{"tier":"gold"}}"#;
    Ok(json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "body": body,
        "isBase64Encoded": false,
    }))
}
