//! The contract of a store of recorded answers.

use hookpoint_engine::testing::contract::idempotency::contract;

use super::*;

#[tokio::test]
async fn the_embedded_store_keeps_the_contract_of_recorded_answers() {
    let directory = tempfile::tempdir().unwrap();
    contract(&LocalStore::open(directory.path()).unwrap()).await;
}
