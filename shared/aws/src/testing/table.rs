//! An in-memory table: conditional puts, reads, paged queries, failures on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Answer, Request, batch, failure, ok};
use crate::item::{BETWEEN_SORTS, FROM_SORT, IS_ABSENT, IS_ABSENT_OR_SAME_BODY};

#[derive(Clone, Default)]
pub(crate) struct FakeTable(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    items: BTreeMap<(String, String), Value>,
    puts_before_failure: Option<usize>,
    transactions_to_throttle: usize,
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

    /// Cancels the next transactions for want of capacity.
    pub(crate) fn throttle(&self, transactions: usize) {
        self.0.lock().unwrap().transactions_to_throttle = transactions;
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
            "BatchGetItem" => batch(request, |key| state.items.get(&key_of(key)).cloned()),
            "BatchWriteItem" => state.put_batch(&request.body),
            "TransactWriteItems" => state.put_versions(&request.body),
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

    /// Writes the pieces of versions in a transaction, all or none. Other writes have no effect.
    fn put_versions(&mut self, body: &Value) -> Answer {
        let writes = body["TransactItems"].as_array().unwrap().iter();
        if self.transactions_to_throttle > 0 {
            self.transactions_to_throttle -= 1;
            return cancelled(writes.map(|_| "ThrottlingError"));
        }
        let puts = writes.map(|write| &write["Put"]);
        let puts: Vec<_> = puts
            .filter(|put| put["Item"].get("data").is_some())
            .collect();
        if puts.is_empty() {
            return ok(json!({}));
        }
        if let Some(refused) = self.count_put() {
            return refused;
        }
        if !puts.iter().all(|put| self.allows(put)) {
            let allowed = puts.into_iter().map(|put| self.allows(put));
            let code = |is_allowed| {
                if is_allowed {
                    "None"
                } else {
                    "ConditionalCheckFailed"
                }
            };
            return cancelled(allowed.map(code));
        }
        for put in puts {
            self.items.insert(key_of(&put["Item"]), put["Item"].clone());
        }
        ok(json!({}))
    }

    /// The response to a write that comes after the last one allowed.
    fn count_put(&mut self) -> Option<Answer> {
        let left = self.puts_before_failure.as_mut()?;
        if *left == 0 {
            return Some(failure("AccessDeniedException", "no more writes"));
        }
        *left -= 1;
        None
    }

    /// Whether the condition of a put holds.
    fn allows(&self, put: &Value) -> bool {
        let Some(stored) = self.items.get(&key_of(&put["Item"])) else {
            return true;
        };
        match put["ConditionExpression"].as_str().unwrap() {
            IS_ABSENT => false,
            IS_ABSENT_OR_SAME_BODY => {
                stored["sha256"] == put["ExpressionAttributeValues"][":sha256"]
            }
            other => panic!("{other}"),
        }
    }

    fn put(&mut self, body: &Value) -> Answer {
        if let Some(refused) = self.count_put() {
            return refused;
        }
        if !self.allows(body) {
            return failure(
                "ConditionalCheckFailedException",
                "The conditional request failed",
            );
        }
        let item = body["Item"].clone();
        self.items.insert(key_of(&item), item);
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

fn cancelled<'a>(codes: impl Iterator<Item = &'a str>) -> Answer {
    let mut answer = failure("TransactionCanceledException", "cancelled");
    answer.1["CancellationReasons"] = codes.map(|code| json!({ "Code": code })).collect();
    answer
}

fn key_of(item: &Value) -> (String, String) {
    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (part("pk"), part("sk"))
}
