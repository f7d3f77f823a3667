//! A publication becomes visible at once, within limits and under conditions.

use hookpoint_engine::application::binding::Target;

use super::*;

#[tokio::test]
async fn what_no_transaction_holds_is_refused_before_the_first_request() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    let too_many = Publication {
        bindings: puts(100),
        ..publication_of(&hook("x"))
    };
    let large = |size: usize| {
        let response = json!({"context": {"text": "x".repeat(size)}});
        let mut binding = binding("large", 1);
        binding.failure = FailurePolicy::Fallback(response.as_object().unwrap().clone());
        Change {
            value: binding,
            replaces: None,
        }
    };
    let too_large = Publication {
        bindings: vec![large(380_000); 8],
        ..Publication::default()
    };
    let too_large_item = Publication {
        bindings: vec![large(400_000)],
        ..Publication::default()
    };
    for (publication, unit, limit) in [
        (too_many, "items", 100),
        (too_large, "bytes", 3_000_000),
        (
            too_large_item,
            "bytes in one binding or application",
            390_000,
        ),
    ] {
        let error = store.publish(&publication).await.unwrap_err();
        let PublishError::TooLarge {
            subject,
            actual,
            limit: said,
            unit: of,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!(subject, Some(shop()));
        assert!(actual > limit);
        assert_eq!((said, of), (limit, unit));
    }
    assert_eq!(aws.operations(), [] as [String; 0]);

    let just_fits = Publication {
        bindings: puts(99),
        ..publication_of(&hook("x"))
    };
    store.publish(&just_fits).await.unwrap();
    let transaction = aws.requests().pop().unwrap();
    assert_eq!(transaction.operation, "TransactWriteItems");
    assert_eq!(
        transaction.body["TransactItems"].as_array().unwrap().len(),
        100
    );
}

#[tokio::test]
async fn everything_visible_is_written_in_one_transaction_under_the_revisions_that_were_seen() {
    let entry = |key: &Value| {
        (key["pk"]["S"] == "index#hooks").then(|| {
            let hook = HookReference {
                name: key["sk"]["S"].as_str().unwrap().parse().unwrap(),
                version: 4,
                sha256: "f0".repeat(32),
            };
            wire(&pointer(&hook, 7))
        })
    };
    let (aws, store) = store(move |request| match request.operation.as_str() {
        "BatchGetItem" => batch(request, entry),
        _ => ok(json!({})),
    })
    .await;
    let newer = Hook {
        version: 5,
        ..hook("new")
    };
    let pinned = Hook {
        version: 3,
        name: "old".parse().unwrap(),
        ..hook("old")
    };
    let publication = Publication {
        hooks: vec![
            (newer, BTreeSet::from([STAGE])),
            (pinned, BTreeSet::from([STAGE])),
        ],
        bindings: vec![
            Change {
                value: binding("new", 1),
                replaces: None,
            },
            Change {
                value: binding("changed", 2),
                replaces: Some(6),
            },
        ],
        deletions: vec![Revised {
            value: binding("gone", 3),
            revision: 9,
        }],
        ..Publication::default()
    };
    store.publish(&publication).await.unwrap();
    let operations = aws.operations();
    let is_transaction = |name: &&String| *name == "TransactWriteItems";
    let transactions = operations.iter().filter(is_transaction).count();
    assert_eq!(transactions, 3, "the versions, their copies, and the rest");
    let commit = operations.len() - 1;
    assert_eq!(operations[commit], "TransactWriteItems", "{operations:?}");
    let body = &aws.requests()[commit].body;
    assert!(
        body["ClientRequestToken"]
            .as_str()
            .is_some_and(|token| token.len() >= 32)
    );
    let writes = body["TransactItems"].as_array().unwrap();
    assert_eq!(writes.len(), 5, "{writes:#?}");
    assert_eq!(
        writes[0]["Put"]["ConditionExpression"],
        "attribute_not_exists(pk)"
    );
    assert_eq!(writes[0]["Put"]["Item"]["revision"]["N"], "1");
    assert_eq!(
        writes[1]["Put"]["ConditionExpression"],
        "revision = :revision"
    );
    assert_eq!(
        writes[1]["Put"]["ExpressionAttributeValues"][":revision"]["N"],
        "6"
    );
    assert_eq!(writes[1]["Put"]["Item"]["revision"]["N"], "7");
    assert_eq!(writes[2]["Delete"]["Key"]["sk"]["S"], "binding#00003#gone");
    assert_eq!(
        writes[2]["Delete"]["ExpressionAttributeValues"][":revision"]["N"],
        "9"
    );
    // The entry of the pinned hook names version 4 still, but not at the revision that was seen.
    for (write, name, version) in [(&writes[3], "crm", "5"), (&writes[4], "old", "4")] {
        let put = &write["Put"];
        assert_eq!(put["Item"]["pk"]["S"], "index#hooks");
        assert_eq!(put["Item"]["sk"]["S"], name);
        assert_eq!(put["Item"]["version"]["N"], version);
        assert_eq!(put["Item"]["revision"]["N"], "8");
        assert_eq!(
            put["ConditionExpression"],
            "version = :version AND revision = :revision"
        );
        assert_eq!(
            put["ExpressionAttributeValues"],
            json!({":version": {"N": "4"}, ":revision": {"N": "7"}})
        );
    }
}

/// Sixty bindings in each of two applications.
fn too_large_for_one() -> Publication {
    let of = |application: &str| {
        let target = Target::Application(application.parse().unwrap());
        puts(60).into_iter().map(move |mut change| {
            change.value.target = target.clone();
            change
        })
    };
    Publication {
        bindings: of("bot").chain(of("shop")).collect(),
        ..Publication::default()
    }
}

#[tokio::test]
async fn what_has_no_room_in_one_transaction_gets_one_for_each_application() {
    let (aws, store) = store(|_| ok(json!({}))).await;
    store.publish(&too_large_for_one()).await.unwrap();
    let requests = aws.requests();
    let transactions = requests
        .iter()
        .filter(|request| request.operation == "TransactWriteItems");
    for (transaction, application) in transactions.clone().zip(["bot", "shop"]) {
        let writes = transaction.body["TransactItems"].as_array().unwrap();
        assert_eq!(writes.len(), 60);
        let partition = format!("conversation-start#application:{application}");
        let is_its_own = |write: &Value| write["Put"]["Item"]["pk"]["S"] == partition;
        assert!(writes.iter().all(is_its_own));
    }
    assert_eq!(transactions.count(), 2);
}

/// An application that binds sixty new hooks.
fn sixty_new_hooks() -> Publication {
    let hooks = (0..60).map(|index| Hook {
        name: format!("h{index}").parse().unwrap(),
        ..hook("x")
    });
    let bindings = hooks.clone().zip(puts(60)).map(|(hook, mut change)| {
        change.value.hook = HookReference {
            name: hook.name,
            version: hook.version,
            sha256: hook.body.sha256(),
        };
        change
    });
    Publication {
        bindings: bindings.collect(),
        hooks: hooks.map(|hook| (hook, BTreeSet::from([STAGE]))).collect(),
        ..Publication::default()
    }
}

#[tokio::test]
async fn entries_of_hooks_that_have_no_room_are_written_ahead_and_a_guard_with_the_bindings() {
    let (aws, store) = store(|request| match &request.body["Key"]["pk"]["S"] {
        key if key == "index#guard" => ok(json!({ "Item": wire(&guard(4)) })),
        _ => ok(json!({})),
    })
    .await;
    store.publish(&sixty_new_hooks()).await.unwrap();
    let requests = aws.requests();
    let reads = |request: &Request, wanted: &str| {
        let keys = keys_read(request);
        keys.iter().any(|key| key["pk"]["S"] == wanted)
    };
    let first = |wanted: &str| {
        let mut requests = requests.iter();
        requests.position(|request| reads(request, wanted)).unwrap()
    };
    assert!(
        first("index#guard") < first("index#hooks"),
        "the guard is read before the entries"
    );
    let mut transactions = requests
        .iter()
        .filter(|request| request.operation == "TransactWriteItems")
        .map(|request| request.body["TransactItems"].as_array().unwrap());
    // The versions and their copies.
    assert_eq!(transactions.by_ref().take(2).flatten().count(), 120);
    let (ahead, commit) = (transactions.next().unwrap(), transactions.next().unwrap());
    assert!(transactions.next().is_none());
    assert_eq!((ahead.len(), commit.len()), (60, 61));
    let is_entry = |write: &Value| write["Put"]["Item"]["pk"]["S"] == "index#hooks";
    assert!(ahead.iter().all(is_entry) && !commit.iter().any(is_entry));
    let raised = &commit[60]["Put"];
    assert_eq!(raised["Item"]["pk"]["S"], "index#guard");
    assert_eq!(raised["Item"]["revision"]["N"], "5");
    assert_eq!(
        raised["ExpressionAttributeValues"],
        json!({":revision": {"N": "4"}})
    );
}

#[tokio::test]
async fn a_guard_that_others_raise_is_read_again_with_the_entries() {
    let commits = std::sync::atomic::AtomicUsize::new(0);
    let (aws, store) = store(move |request| {
        let writes = request.body["TransactItems"].as_array();
        let has_guard = writes.is_some_and(|writes| writes.len() == 61);
        if has_guard && commits.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            let mut answer = failure("TransactionCanceledException", "cancelled");
            let mut reasons = vec![json!({"Code": "None"}); 60];
            reasons.push(json!({"Code": "ConditionalCheckFailed"}));
            answer.1["CancellationReasons"] = json!(reasons);
            return answer;
        }
        ok(json!({}))
    })
    .await;
    store.publish(&sixty_new_hooks()).await.unwrap();
    let requests = aws.requests();
    let keys = requests.iter().flat_map(keys_read);
    let reads = keys.filter(|key| key["pk"]["S"] == "index#guard").count();
    assert_eq!(reads, 2, "before each round");
}

/// A table that holds one binding of the application `shop`.
fn holding_b0(request: &Request) -> Answer {
    match request.operation.as_str() {
        "BatchGetItem" => batch(request, |key| {
            let item = stored("b0", 1);
            (key["pk"] == item["pk"] && key["sk"] == item["sk"]).then_some(item)
        }),
        _ => ok(json!({})),
    }
}

#[tokio::test]
async fn no_entry_is_written_ahead_of_what_is_refused() {
    let (aws, store) = store(holding_b0).await;
    let error = store.publish(&sixty_new_hooks()).await.unwrap_err();
    assert!(matches!(error, PublishError::Conflict { .. }), "{error}");
    let requests = aws.requests().into_iter();
    let transactions = requests.filter(|request| request.operation == "TransactWriteItems");
    for transaction in transactions {
        let writes = transaction.body["TransactItems"].as_array().unwrap();
        let is_piece = |write: &Value| write["Put"]["Item"].get("data").is_some();
        assert!(writes.iter().all(is_piece), "{writes:?}");
    }
}

#[tokio::test]
async fn a_condition_that_fails_in_a_later_transaction_is_seen_before_the_first() {
    let (aws, store) = store(holding_b0).await;
    let error = store.publish(&too_large_for_one()).await.unwrap_err();
    let PublishError::Conflict { item } = error else {
        panic!("{error}")
    };
    assert_eq!(item, "binding b0 of application:shop at conversationStart");
    let transactions = aws.operations().into_iter();
    assert_eq!(
        transactions
            .filter(|name| name == "TransactWriteItems")
            .count(),
        0
    );
}

#[tokio::test]
async fn a_failure_after_the_first_transaction_says_what_is_published() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let (_aws, store) = store(move |request| {
        let is_transaction = request.operation == "TransactWriteItems";
        if is_transaction && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            return failure("AccessDeniedException", "not allowed");
        }
        ok(json!({}))
    })
    .await;
    let error = store.publish(&too_large_for_one()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a part was published: application `bot`; not published: application `shop`. Publish again to complete it"
    );
    let PublishError::Incomplete { cause, .. } = error else {
        panic!()
    };
    assert!(cause.to_string().contains("not allowed"), "{cause}");
}

#[tokio::test]
async fn a_cancelled_transaction_names_what_had_changed() {
    for code in ["ConditionalCheckFailed", "TransactionConflict"] {
        let (_aws, store) = store(move |_| {
            let mut answer = failure(
                "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "cancelled",
            );
            answer.1["CancellationReasons"] =
                json!([{"Code": "None"}, {"Code": code, "Message": "m"}]);
            answer
        })
        .await;
        let publication = Publication {
            bindings: puts(2),
            ..Publication::default()
        };
        let error = store.publish(&publication).await.unwrap_err();
        let PublishError::Conflict { item } = error else {
            panic!("{error}")
        };
        assert_eq!(item, "binding b1 of application:shop at conversationStart");
    }
    let (_aws, store) = store(|_| {
        let mut answer = failure("TransactionCanceledException", "cancelled, see reasons");
        answer.1["CancellationReasons"] = json!([{"Code": "ValidationError"}, {"Code": "None"}]);
        answer
    })
    .await;
    let publication = Publication {
        bindings: puts(2),
        ..Publication::default()
    };
    let error = store.publish(&publication).await.unwrap_err();
    assert!(matches!(error, PublishError::Store(_)), "{error}");
    assert!(
        error.to_string().contains("cancelled, see reasons"),
        "{error}"
    );
}
