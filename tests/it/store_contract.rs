//! The contract of stores, for the embedded one and an emulated DynamoDB.

use hookpoint_aws::{DynamoStore, SecretsManagerSource};
use hookpoint_contract::store_contract;
use hookpoint_engine::{
    confidential::secret::Secret,
    ports::{ContinuationKeySource as _, SecretSource as _},
};
use hookpoint_local::LocalStore;
use hookpoint_xtask::{lambda_local::EmulatedAws, python};

pub(crate) async fn emulated_aws(folder: &tempfile::TempDir) -> EmulatedAws {
    let environment = python::ensure().unwrap();
    EmulatedAws::start(&environment, &folder.path().join("moto.log"))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    store_contract(&LocalStore::open(folder.path()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let store = DynamoStore::new(aws.clients(), "contract");
    store.create_table().await.unwrap();
    store_contract(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_manager_keeps_an_applications_own_secret_before_a_shared_one() {
    let folder = tempfile::tempdir().unwrap();
    let aws = emulated_aws(&folder).await;
    let secrets = SecretsManagerSource::new(aws.clients(), "stack");
    let put = async |name: &str, value: &str| {
        secrets.put_secret(name, &Secret::new(value)).await.unwrap();
    };
    put("Token", "shared").await;
    put("shop/Token", "own").await;
    for number in 0..25 {
        put(&format!("Many{number}"), &number.to_string()).await;
    }
    put("continuation-key", "first").await;
    put("continuation-key", "second").await;

    let mut names = vec!["Token".parse().unwrap(), "Absent".parse().unwrap()];
    names.extend((0..25).map(|number| format!("Many{number}").parse().unwrap()));
    let read = async |application: &str| {
        secrets
            .secrets(&application.parse().unwrap(), &names)
            .await
            .unwrap()
    };
    let (shop, bot) = (read("shop").await, read("bot").await);
    let value = |found: &std::collections::HashMap<_, Secret>, name: &str| {
        found
            .get(&name.parse().unwrap())
            .map(|secret| secret.expose().to_owned())
    };
    assert_eq!(value(&shop, "Token").as_deref(), Some("own"));
    assert_eq!(value(&bot, "Token").as_deref(), Some("shared"));
    assert_eq!(
        (value(&bot, "Many24").as_deref(), value(&bot, "Absent")),
        (Some("24"), None)
    );
    assert_eq!(bot.len(), 26);

    let keys = secrets.continuation_keys().await.unwrap();
    assert_eq!(
        (
            keys.current.expose(),
            keys.previous.as_ref().map(Secret::expose)
        ),
        ("second", Some("first"))
    );
}
