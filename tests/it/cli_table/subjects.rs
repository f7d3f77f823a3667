//! What is stored about a person, in a table and a queue of dead letters.

use std::time::{Duration, SystemTime};

use hookpoint_aws::{DynamoStore, SqsQueue};
use hookpoint_engine::{
    delivery::job::Job,
    ports::RunStore as _,
    record::Kept,
    stages::Stage,
    testing::sample::{self, run},
};
use serde_json::{Value, json};

use super::{Bench, TABLE, give_up};

const STAGE: Stage = Stage::AfterRegistration;

fn event(account: &str) -> serde_json::Map<String, Value> {
    let event = json!({ "eventType": STAGE.id(), "customer": { "info": { "id": account } } });
    event.as_object().unwrap().clone()
}

/// Each person has three runs, the third without its event.
async fn write_runs(store: &DynamoStore, account: &str) {
    let now = SystemTime::now() - Duration::from_mins(5);
    let records: Vec<_> = (0..3)
        .map(|number| {
            let mut record = run(STAGE, "shop", now + Duration::from_secs(number));
            record.correlation_id = format!("{account}-{}", number / 2);
            record.kept = (number != 1).then(|| {
                Box::new(Kept {
                    event: event(account),
                    ..Kept::default()
                })
            });
            record
        })
        .collect();
    store.write_runs(&records).await.unwrap();
}

fn job(account: &str) -> Job {
    let mut job = sample::job(
        &format!("msg_{account}"),
        "shop",
        STAGE,
        ("audit", 1),
        &Value::Object(event(account)),
        SystemTime::now(),
    );
    account.clone_into(&mut job.correlation_id);
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_about_a_person_is_shown_and_erased_without_a_scan() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    for account in ["ada", "bob"] {
        write_runs(&store, account).await;
    }
    let queue = SqsQueue::create(bench.aws.clients(), "hookpoint")
        .await
        .unwrap();
    give_up(&queue, &["ada", "bob"].map(job)).await;
    let dead = format!(
        "--dead-letter-queue-url {}",
        queue.dead_letter_url().unwrap()
    );
    let export = |account: &str| {
        bench.json(&format!(
            "subjects export {account} --application shop {dead} --json"
        ))
    };
    let counts = |account: &str| {
        let exported = export(account);
        ["runs", "deadLetters"].map(|member| exported[member].as_array().unwrap().len())
    };
    assert_eq!((counts("ada"), counts("bob")), ([3, 1], [3, 1]));
    let list = "runs list --application shop --subject ada --json";
    let listed = bench.json(list);
    // Those that keep their event.
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    let without = bench.json("subjects export ada --application shop --json");
    let said = without["notSearched"].to_string();
    assert!(
        said.contains("--dead-letter-queue-url") && said.contains("35 days"),
        "{said}"
    );

    let erase = format!("subjects erase ada --application shop {dead} --yes --json");
    let erased = bench.json(&erase);
    assert_eq!(
        erased["erased"],
        json!({ "runs": 3, "deliveries": 0, "deadLetters": 1 })
    );
    assert_eq!((counts("ada"), counts("bob")), ([0, 0], [3, 1]));
    assert_eq!(bench.json(list), json!([]));
    assert_eq!(bench.json(&erase)["erased"]["runs"], 0);
    let history = bench.json("publications list --application shop --json");
    assert_eq!(history.as_array().unwrap().len(), 1);
    assert_eq!(history[0]["erasure"], erased["erased"]);
    assert!(
        history[0]["by"].as_str().unwrap().starts_with("arn:aws:"),
        "{history}"
    );
    assert!(!history.to_string().contains("ada"), "{history}");
}
