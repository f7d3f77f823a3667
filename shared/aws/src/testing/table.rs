//! An in-memory table for hook versions: conditional puts, reads, paged queries, failures on
//! demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Answer, Request, failure, ok};
use crate::item::IS_ABSENT_OR_SAME_BODY;

#[derive(Clone, Default)]
pub(crate) struct FakeTable(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: BTreeMap<(String, String), Value>,
    puts_before_failure: Option<usize>,
}

impl FakeTable {
    /// Refuses every put after the next `puts`, as if the writer had crashed.
    pub(crate) fn fail_after(&self, puts: Option<usize>) {
        self.0.lock().unwrap().puts_before_failure = puts;
    }

    /// The keys of all items.
    pub(crate) fn keys(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state
            .items
            .keys()
            .map(|(pk, sk)| format!("{pk} / {sk}"))
            .collect()
    }

    /// Changes an item; returns it as it was.
    pub(crate) fn change(&self, key: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut state = self.0.lock().unwrap();
        let (pk, sk) = key.split_once(" / ").unwrap();
        let item = state
            .items
            .get_mut(&(pk.to_owned(), sk.to_owned()))
            .unwrap();
        let before = item.clone();
        change(item);
        before
    }

    pub(crate) fn answer(&self, request: &Request) -> Answer {
        let mut state = self.0.lock().unwrap();
        match request.operation.as_str() {
            "GetItem" => match state.items.get(&key_of(&request.body["Key"])) {
                Some(item) => ok(json!({"Item": item})),
                None => ok(json!({})),
            },
            "PutItem" => state.put(&request.body),
            "Query" => state.query(&request.body),
            "BatchWriteItem" => state.put_batch(&request.body),
            "TransactWriteItems" => ok(json!({})),
            other => failure("UnknownOperationException", other),
        }
    }
}

impl State {
    fn put_batch(&mut self, body: &Value) -> Answer {
        let tables = body["RequestItems"].as_object().unwrap().values();
        for request in tables.flat_map(|requests| requests.as_array().unwrap()) {
            let item = request["PutRequest"]["Item"].clone();
            self.items.insert(key_of(&item), item);
        }
        ok(json!({}))
    }

    fn put(&mut self, body: &Value) -> Answer {
        match &mut self.puts_before_failure {
            Some(0) => return failure("AccessDeniedException", "no more writes"),
            Some(left) => *left -= 1,
            None => {}
        }
        assert_eq!(body["ConditionExpression"], IS_ABSENT_OR_SAME_BODY);
        let item = body["Item"].clone();
        let key = key_of(&item);
        let wanted = &body["ExpressionAttributeValues"][":sha256"];
        if self
            .items
            .get(&key)
            .is_some_and(|stored| stored["sha256"] != *wanted)
        {
            return failure(
                "ConditionalCheckFailedException",
                "The conditional request failed",
            );
        }
        self.items.insert(key, item);
        ok(json!({}))
    }

    /// One item a page: DynamoDB's pages end at 1 MB, which may be anywhere.
    fn query(&self, body: &Value) -> Answer {
        let values = &body["ExpressionAttributeValues"];
        let partition = values[":pk"]["S"].as_str().unwrap();
        let prefix = values[":sk"]["S"].as_str().unwrap_or_default();
        let matches = |(pk, sk): &(String, String)| pk == partition && sk.starts_with(prefix);
        let after = body.get("ExclusiveStartKey").map(key_of);
        let found = if body["ScanIndexForward"] == false {
            self.items.iter().rev().find(|(key, _)| matches(key))
        } else {
            self.items
                .iter()
                .find(|(key, _)| matches(key) && after.as_ref().is_none_or(|after| *key > after))
        };
        match found {
            Some(((pk, sk), item)) => ok(json!({
                "Items": [item],
                "LastEvaluatedKey": {"pk": {"S": pk}, "sk": {"S": sk}},
            })),
            None => ok(json!({"Items": []})),
        }
    }
}

fn key_of(item: &Value) -> (String, String) {
    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (part("pk"), part("sk"))
}
