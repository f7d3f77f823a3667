//! The contract of a store of run records, and what is particular to this one.

use hookpoint_engine::testing::contract::runs::contract;

use super::*;

#[tokio::test]
async fn the_embedded_store_keeps_the_contract_of_run_records() {
    let directory = tempfile::tempdir().unwrap();
    contract(&LocalStore::open(directory.path()).unwrap()).await;
}
