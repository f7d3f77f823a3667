//! An in-memory table: conditional puts, reads, paged queries, failures on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Answer, Request, failure, ok};
use crate::item::{BETWEEN_SORTS, FROM_SORT, IS_ABSENT_OR_SAME_BODY};

#[derive(Clone, Default)]
pub(crate) struct FakeTable(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: BTreeMap<(String, String), Value>,
    puts_before_failure: Option<usize>,
    /// How many items more than one a page has.
    more_of_page: usize,
    /// How many items queries have returned.
    queried: usize,
}

impl FakeTable {
    /// Refuses every put after the next `puts`, as if the writer had crashed.
    pub(crate) fn fail_after(&self, puts: Option<usize>) {
        self.0.lock().unwrap().puts_before_failure = puts;
    }

    /// Sets how many items a page of a query has.
    pub(crate) fn set_page(&self, items: usize) {
        self.0.lock().unwrap().more_of_page = items - 1;
    }

    /// How many items queries have returned.
    pub(crate) fn queried(&self) -> usize {
        self.0.lock().unwrap().queried
    }

    /// Stores an item, whatever is there.
    pub(crate) fn insert(&self, item: Value) {
        let mut state = self.0.lock().unwrap();
        state.items.insert(key_of(&item), item);
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
            "DeleteItem" => {
                state.items.remove(&key_of(&request.body["Key"]));
                ok(json!({}))
            }
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

    /// One item a page unless it was set: DynamoDB's pages end at 1 MB, which may be anywhere.
    fn query(&mut self, body: &Value) -> Answer {
        let values = &body["ExpressionAttributeValues"];
        let value = |name: &str| values[name]["S"].as_str().unwrap_or_default();
        let (partition, sort, to) = (value(":pk"), value(":sk"), value(":to"));
        let condition = body["KeyConditionExpression"].as_str().unwrap();
        let is_in = |key: &str| match condition {
            FROM_SORT => key >= sort,
            BETWEEN_SORTS => (sort..=to).contains(&key),
            _ => key.starts_with(sort),
        };
        let backwards = body["ScanIndexForward"] == false;
        let after = body.get("ExclusiveStartKey").map(key_of);
        let is_after = |key: &(String, String)| match &after {
            Some(after) if backwards => key < after,
            Some(after) => key > after,
            None => true,
        };
        let matching = self.items.iter();
        let mut matching: Vec<_> = matching
            .filter(|(key, _)| key.0 == partition && is_in(&key.1) && is_after(key))
            .collect();
        if backwards {
            matching.reverse();
        }
        let limit = body["Limit"].as_u64().unwrap_or(u64::MAX);
        let page = usize::try_from(limit).unwrap().min(self.more_of_page + 1);
        matching.truncate(page);
        self.queried += matching.len();
        let items: Vec<_> = matching.iter().map(|(_, item)| item).collect();
        match matching.last() {
            Some(((pk, sk), _)) if items.len() == page => ok(json!({
                "Items": items,
                "LastEvaluatedKey": {"pk": {"S": pk}, "sk": {"S": sk}},
            })),
            _ => ok(json!({"Items": items})),
        }
    }
}

fn key_of(item: &Value) -> (String, String) {
    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (part("pk"), part("sk"))
}
