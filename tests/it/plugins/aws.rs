//! Plugins that call AWS, against an emulated one.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    deadline::Deadline,
    ports::{Fetch as _, FetchRequest},
};
use serde_json::{Value, json};

use super::{elsewhere::Elsewhere, functions::Scene, vendor::is_of_vendor};

/// Where a bucket is made.
const BUCKET: &str = "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>";

/// Of a password, with bcrypt.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

impl Elsewhere {
    /// A call of a service that no plugin makes. It has the scope of a signature, and no valid one.
    async fn call(
        &self,
        service: &str,
        method: &str,
        path: &str,
        target: &str,
        body: &str,
    ) -> String {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut headers = vec![("authorization".to_owned(), authorization)];
        if !target.is_empty() {
            headers.push(("x-amz-target".to_owned(), target.to_owned()));
            headers.push((
                "content-type".to_owned(),
                "application/x-amz-json-1.0".to_owned(),
            ));
        }
        let request = FetchRequest {
            method: method.to_owned(),
            url: format!("https://aws.example.com{path}"),
            headers,
            body: body.as_bytes().to_vec(),
            deadline: Deadline::after(tokio::time::Instant::now(), Duration::from_secs(10)),
            now: SystemTime::now(),
        };
        let reply = self.fetch(request).await.unwrap();
        let text = String::from_utf8(reply.body).unwrap();
        assert!(reply.status < 300, "{} {text}", reply.status);
        text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_for_aws_do_there_what_they_say() {
    const PLUGINS: [&str; 5] = [
        "account-migration-aurora",
        "eventbridge-feed",
        "step-functions-start",
        "conversation-archive",
        "state-stream",
    ];
    let mut scene = Scene::with(|plugin| PLUGINS.contains(&&plugin.name[..])).await;
    let aws = Arc::new(Elsewhere::new(&scene.deployment.aws.endpoint_url()));

    // The emulator runs no SQL: an unknown query gets no records, and the next one the result that was set.
    let mut migrate = async |query: &str| {
        let variables = [("AuroraQuery", query)];
        scene
            .ask("account-migration-aurora", aws.clone(), &variables)
            .await
    };
    let query = "SELECT * FROM users WHERE email = :identifier";
    assert_eq!(migrate(query).await.get("attributes"), None);
    let rows =
        json!([{ "email": "alice@example.com", "given_name": "Alice", "password_hash": HASH }]);
    let results = json!({
        "region": "eu-central-1",
        "results": [{ "formattedRecords": rows.to_string() }],
    });
    let path = "/moto-api/static/rds-data/statement-results";
    aws.call("rds-data", "POST", path, "", &results.to_string())
        .await;
    let migrated = migrate(query).await;
    assert_eq!(migrated["attributes"]["name"]["given"], "Alice");
    assert_eq!(migrated["nextStep"], "reidentify", "{migrated:?}");

    let mut run = async |plugin: &str, variables: &[(&str, &str)]| {
        scene.run(plugin, aws.clone(), variables).await
    };

    assert_eq!(run("eventbridge-feed", &[]).await, None);
    let failure = run("eventbridge-feed", &[("EventBridgeBus", "no-such-bus")]).await;
    assert!(failure.is_none_or(|failure| is_of_vendor(&failure)));

    let machine = json!({
        "name": "onboarding",
        "definition": json!({ "StartAt": "a", "States": { "a": { "Type": "Pass", "End": true } } }).to_string(),
        "roleArn": "arn:aws:iam::123456789012:role/r",
    });
    let created = aws
        .call(
            "states",
            "POST",
            "/",
            "AWSStepFunctions.CreateStateMachine",
            &machine.to_string(),
        )
        .await;
    let created: Value = serde_json::from_str(&created).unwrap();
    let arn = created["stateMachineArn"].as_str().unwrap();
    assert_eq!(
        run("step-functions-start", &[("StepFunctionsArn", arn)]).await,
        None
    );
    let listed = aws
        .call(
            "states",
            "POST",
            "/",
            "AWSStepFunctions.ListExecutions",
            &json!({ "stateMachineArn": arn }).to_string(),
        )
        .await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        listed["executions"].as_array().unwrap().len(),
        1,
        "{listed}"
    );
    let failure = run(
        "step-functions-start",
        &[("StepFunctionsArn", &arn.replace("onboarding", "none"))],
    )
    .await;
    let failure = failure.unwrap_or_default();
    assert!(
        is_of_vendor(&failure) && failure.contains("StateMachineDoesNotExist"),
        "{failure}"
    );

    let failure = run(
        "conversation-archive",
        &[("ArchiveBucket", "conversations")],
    )
    .await;
    assert!(
        is_of_vendor(&failure.unwrap_or_default()),
        "there is no bucket yet"
    );
    aws.call("s3", "PUT", "/conversations", "", BUCKET).await;
    assert_eq!(
        run(
            "conversation-archive",
            &[("ArchiveBucket", "conversations")]
        )
        .await,
        None
    );
    let objects = aws
        .call("s3", "GET", "/conversations?list-type=2", "", "")
        .await;
    assert_eq!(objects.matches("<Key>").count(), 1, "{objects}");
    assert!(
        objects.contains("<Key>conversations/5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4/"),
        "{objects}"
    );

    let stream = json!({
        "DeliveryStreamName": "conversation-state",
        "S3DestinationConfiguration": {
            "RoleARN": "arn:aws:iam::123456789012:role/r",
            "BucketARN": "arn:aws:s3:::conversations",
        },
    });
    let failure = run(
        "state-stream",
        &[("StateStreamTarget", "conversation-state")],
    )
    .await;
    assert!(
        is_of_vendor(&failure.unwrap_or_default()),
        "there is no stream yet"
    );
    aws.call(
        "firehose",
        "POST",
        "/",
        "Firehose_20150804.CreateDeliveryStream",
        &stream.to_string(),
    )
    .await;
    assert_eq!(
        run(
            "state-stream",
            &[("StateStreamTarget", "conversation-state")]
        )
        .await,
        None
    );
    let objects = aws
        .call("s3", "GET", "/conversations?list-type=2", "", "")
        .await;
    assert_eq!(objects.matches("<Key>").count(), 2, "{objects}");
}
