//! Bindings are read whole or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn no_page_of_bindings_is_lost_even_an_empty_one() {
    let (aws, store) = store(|request| {
        let page = |items: Vec<Value>, next: Option<&str>| {
            let mut answer = json!({"Items": items});
            if let Some(next) = next {
                answer["LastEvaluatedKey"] = json!({"pk": {"S": "p"}, "sk": {"S": next}});
            }
            ok(answer)
        };
        match request.body["ExclusiveStartKey"]["sk"]["S"].as_str() {
            None => page(vec![stored("a", 1), stored("b", 2)], Some("2")),
            // A filtered or crowded page may be empty and still not be the last.
            Some("2") => page(vec![], Some("3")),
            Some("3") => page(vec![stored("c", 3)], None),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let bindings = store.bindings(STAGE, &shop()).await.unwrap();
    assert_eq!(
        bindings,
        [binding("a", 1), binding("b", 2), binding("c", 3)]
    );
    let requests = aws.requests();
    assert_eq!(requests.len(), 3);
    let values = &requests[0].body["ExpressionAttributeValues"];
    assert_eq!(values[":pk"]["S"], "conversation-start#application:shop");
    assert_eq!(values[":sk"]["S"], "binding#");
}

#[tokio::test]
async fn one_unreadable_or_misplaced_binding_fails_the_read_and_is_named() {
    for (change, said) in [
        (("v", json!({"N": "2"})), "format 2"),
        (("sk", json!({"S": "binding#00009#other"})), "belongs at"),
        (
            ("pk", json!({"S": "conversation-start#application:bank"})),
            "belongs at",
        ),
        (("body", json!({"S": "{}"})), "missing field"),
    ] {
        let (_aws, store) = store(move |_| {
            let mut broken = stored("b", 2);
            broken[change.0] = change.1.clone();
            ok(json!({"Items": [stored("a", 1), broken]}))
        })
        .await;
        let error = store.bindings(STAGE, &shop()).await.unwrap_err();
        let is_newer = matches!(error, StoreError::Newer { .. });
        assert_eq!(is_newer, said.contains("format 2"), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn keys_that_a_batch_left_out_are_read_again_and_not_for_ever() {
    let most = Arc::new(AtomicUsize::new(40));
    let limit = Arc::clone(&most);
    let (aws, store) = store(move |request| {
        let keys = keys_read(request);
        let (found, left) = keys.split_at(keys.len().min(limit.load(Ordering::SeqCst)));
        let mut answer = json!({"Responses": {"hookpoint": found}});
        if !left.is_empty() {
            let read = &request.body["RequestItems"]["hookpoint"];
            let mut rest = read.clone();
            rest["Keys"] = json!(left);
            answer["UnprocessedKeys"] = json!({"hookpoint": rest});
        }
        ok(answer)
    })
    .await;
    let keys: BTreeSet<_> = (0..150)
        .map(|index| Key::chunk("hook#crm", index, 0))
        .collect();
    let items = store.get_all(keys.clone(), Some("pk, sk")).await.unwrap();
    assert!(items.keys().eq(keys.iter()));
    let requests = aws.requests();
    let mut counts: Vec<_> = requests
        .iter()
        .map(|request| keys_read(request).len())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [10, 20, 50, 60, 100]);
    let reads = requests
        .iter()
        .map(|request| &request.body["RequestItems"]["hookpoint"]);
    for read in reads {
        assert_eq!(read["ConsistentRead"], true);
        assert_eq!(read["ProjectionExpression"], "pk, sk");
    }

    most.store(0, Ordering::SeqCst);
    let one = keys.into_iter().take(1).collect();
    let error = store.get_all(one, None).await.unwrap_err().to_string();
    assert!(error.contains("1 items were throttled 6 times"), "{error}");
    assert_eq!(aws.requests().len(), 5 + 6);
}
