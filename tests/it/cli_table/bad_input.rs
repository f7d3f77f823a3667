//! Problems with a table, queue or region on AWS: the message says what to do, and nothing there is changed.

use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Stdio,
    time::{Duration, Instant},
};

use hookpoint_aws::DynamoStore;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Bench, Run, TABLE, WORKSPACE};

const REGION: &str = "eu-central-1";
/// Hooks of an application, written one by one before they are bound in one transaction.
const HOOKS: usize = 30;
/// Longer than any publication takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// Sends a request straight to the emulator, which finds service and region in the signature and does not check it.
fn ask(bench: &Bench, service: &str, headers: &str, body: &str) -> String {
    let address = bench.aws.endpoint_url();
    let address = address.trim_start_matches("http://");
    let scope = format!("emulated/20300101/{REGION}/{service}/aws4_request");
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    body.to_owned()
}

fn dynamodb(bench: &Bench, operation: &str, body: &Value) -> Value {
    let headers = format!(
        "X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
    );
    serde_json::from_str(&ask(bench, "dynamodb", &headers, &body.to_string())).unwrap()
}

/// Everything in the table.
fn items(bench: &Bench) -> Value {
    dynamodb(bench, "Scan", &json!({ "TableName": TABLE }))["Items"].take()
}

fn writes(bench: &Bench) -> usize {
    let operations = bench.relay.operations();
    let is_write = |operation: &&String| {
        ["PutItem", "UpdateItem", "TransactWriteItems"]
            .iter()
            .any(|name| operation.ends_with(name))
    };
    operations.iter().filter(is_write).count()
}

/// Starts an `apply` and kills it after this many writes.
fn apply_until(bench: &Bench, more: usize) {
    let wanted = writes(bench) + more;
    let mut child = bench
        .command_with("apply --yes", &["--table", TABLE])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while writes(bench) < wanted && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(2));
    }
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_ours_is_called_so_and_stays_as_it_is() {
    let bench = Bench::start().await;
    bench.write(WORKSPACE);
    let table = json!({
        "TableName": "notes",
        "AttributeDefinitions": [{ "AttributeName": "note", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "note", "KeyType": "HASH" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    dynamodb(&bench, "CreateTable", &table);
    for arguments in [
        "plan",
        "apply",
        "hooks list",
        "applications list",
        "runs list",
        "pull",
        "pause --application bot",
    ] {
        let run = bench.run_with(arguments, &["--table", "notes"]);
        assert_eq!(run.code, Some(2), "{arguments}: {}", run.stdout);
        assert!(
            run.stderr
                .contains("DynamoDB table `notes` is not one of Hookpoint's"),
            "{arguments}: {}",
            run.stderr
        );
    }
    let items = dynamodb(&bench, "Scan", &json!({ "TableName": "notes" }));
    assert_eq!(items["Items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_that_is_killed_binds_all_or_nothing_and_the_next_completes_it() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    let (mut hooks, mut bindings) = (String::new(), String::new());
    for number in 0..HOOKS {
        let hook = format!("h{number}: {{ static: {{ attributes: {{ n{number}: 1 }} }} }}");
        writeln!(hooks, "  {hook}").unwrap();
        let binding = format!("application: shop, stage: beforeRegistration, hook: h{number}");
        writeln!(bindings, "  - {{ {binding} }}").unwrap();
    }
    bench.write(&format!(
        "version: 1\napplications: {{ shop: {{ kind: identity }} }}\nhooks:\n{hooks}bindings:\n{bindings}"
    ));
    let mut interrupted = 0;
    for more in [1, HOOKS / 3, HOOKS - 2] {
        apply_until(&bench, more);
        let list = bench.json("bindings list --json");
        let bound = list.as_array().unwrap().len();
        assert!(bound == 0 || bound == HOOKS, "{bound}");
        interrupted += usize::from(bound == 0);
    }
    assert!(interrupted > 0, "every one had finished");
    bench.ok("apply --yes");
    assert!(bench.ok("plan").starts_with("nothing to do"));
    let list = bench.json("bindings list --json");
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), HOOKS);
    assert!(
        list.iter().all(|binding| binding["version"] == 1),
        "{list:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_table_another_region_and_a_stack_of_others_are_named_with_what_to_do() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    bench.write(WORKSPACE);
    bench.ok("apply --yes");
    bench.write(&WORKSPACE.replace("Hello: 1", "Hello: 2"));
    let workspace = bench.folder.path().join("hookpoint.yaml");
    let written = fs::read_to_string(&workspace).unwrap();

    let mut elsewhere = bench.command("apply --yes");
    elsewhere
        .args(["--table", TABLE, "--region", "eu-west-1"])
        .args(["--endpoint-url", &bench.relay.url()])
        .env("AWS_ACCESS_KEY_ID", "emulated")
        .env("AWS_SECRET_ACCESS_KEY", "emulated");
    let run = Run::of(&mut elsewhere);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    let part =
        "there is no DynamoDB table `hookpoint-cli` in eu-west-1; check its name and the region";
    assert!(run.stderr.contains(part), "{}", run.stderr);

    let template = json!({
        "Resources": { "Theirs": { "Type": "AWS::SQS::Queue" } },
        "Outputs": { "Theirs": { "Value": "theirs" } },
    });
    let template = template.to_string();
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "CreateStack")
        .append_pair("Version", "2010-05-15")
        .append_pair("StackName", "theirs")
        .append_pair("TemplateBody", &template)
        .finish();
    let kind = "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    ask(&bench, "cloudformation", kind, &form);
    for command in ["plan", "apply --yes", "applications list", "secrets list"] {
        let run = bench.run_with(command, &["--stack", "theirs"]);
        assert_eq!(run.code, Some(2), "{command}: {}", run.stdout);
        for part in [
            "the stack `theirs` has no output `",
            "name the stack that was deployed from Hookpoint's template.yaml",
        ] {
            assert!(run.stderr.contains(part), "{command}: {}", run.stderr);
        }
    }

    // A newer Hookpoint writes a format that this one does not know.
    for item in items(&bench).as_array().unwrap() {
        if item["sk"]["S"].as_str().unwrap().starts_with("binding#") {
            let update = json!({
                "TableName": TABLE,
                "Key": { "pk": item["pk"], "sk": item["sk"] },
                "UpdateExpression": "SET v = :v",
                "ExpressionAttributeValues": { ":v": { "N": "2" } },
            });
            dynamodb(&bench, "UpdateItem", &update);
        }
    }
    let before = items(&bench);
    for command in [
        "plan",
        "apply --yes",
        "apply --yes --prune",
        "bindings list",
        "pull --force",
        "applications delete bot --yes",
        "rollback last --yes",
    ] {
        let error = bench.refused(command);
        for part in [
            "conversation-start",
            "it has format 2, this program reads format 1",
            "use the version of Hookpoint that wrote it, or a newer one",
        ] {
            assert!(error.contains(part), "{command}: {part}: {error}");
        }
        assert_eq!(items(&bench), before, "{command}");
        assert_eq!(fs::read_to_string(&workspace).unwrap(), written);
    }
}
