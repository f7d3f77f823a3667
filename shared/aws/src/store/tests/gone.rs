//! Marks on gone bindings: complete, consistent and checked.

use hookpoint_engine::{
    delivery::gone::GoneBinding, identifier::BindingId, ports::GoneBindings as _,
};

use super::*;
use crate::item;

fn mark() -> GoneBinding {
    let since = std::time::UNIX_EPOCH + Duration::from_secs(1_760_000_000);
    GoneBinding::new(&binding("mail", 1), &"msg_1".parse().unwrap(), since)
}

#[tokio::test]
async fn they_stand_in_a_partition_of_their_own_and_are_read_whole_and_fresh() {
    let item = wire(&item::gone(&mark()));
    let (aws, store) = store({
        let item = item.clone();
        move |request| match request.operation.as_str() {
            "Query" if request.body["ExclusiveStartKey"].is_null() => ok(json!({
                "Items": [item], "LastEvaluatedKey": {"pk": item["pk"], "sk": item["sk"]},
            })),
            "Query" => ok(json!({"Items": [item]})),
            "DeleteItem" => ok(json!({"Attributes": item})),
            _ => ok(json!({})),
        }
    })
    .await;
    store.mark_gone(&mark()).await.unwrap();
    assert_eq!(store.gone(STAGE, &shop()).await.unwrap(), [mark(), mark()]);
    let id: BindingId = "mail".parse().unwrap();
    assert!(store.forget_gone(STAGE, &shop(), &id).await.unwrap());
    let [put, query, next, delete] = &aws.requests()[..] else {
        panic!("{:?}", aws.operations())
    };
    let partition = json!({"S": "conversation-start#gone:application:shop"});
    assert_eq!(
        (&put.body["Item"]["pk"], &put.body["Item"]),
        (&partition, &item)
    );
    assert_eq!(item["sk"], json!({"S": "mail"}));
    assert!(item["expires"].is_null(), "only an operator removes it");
    assert_eq!(query.body["ConsistentRead"], true);
    assert_eq!(query.body["ExpressionAttributeValues"][":pk"], partition);
    assert_eq!(next.body["ExclusiveStartKey"]["sk"], item["sk"]);
    assert_eq!(
        delete.body["Key"],
        json!({"pk": partition, "sk": {"S": "mail"}})
    );
}

#[tokio::test]
async fn one_that_cannot_be_read_or_stands_elsewhere_is_an_error() {
    let written = wire(&item::gone(&mark()));
    let of = |name: &str, value: Value| {
        let mut item = written.clone();
        item[name] = value;
        item
    };
    let mut body: Value = serde_json::from_str(written["body"]["S"].as_str().unwrap()).unwrap();
    body["v"] = json!(2);
    for (item, says) in [
        (of("v", json!({"N": "2"})), "2"),
        (of("body", json!({"S": body.to_string()})), "format 2"),
        (of("body", json!({"S": "{"})), "EOF"),
        (of("sk", json!({"S": "other"})), "belongs at"),
    ] {
        let (_aws, store) = store(move |_| ok(json!({"Items": [item]}))).await;
        let error = store.gone(STAGE, &shop()).await.unwrap_err();
        let is_newer = matches!(error, StoreError::Newer { .. });
        assert_eq!(is_newer, says.contains('2'), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}
