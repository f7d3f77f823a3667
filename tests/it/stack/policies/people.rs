//! The permissions of the roles for people.

use hookpoint_engine::stages::Stage;

use super::{
    inquiry::Inquiry,
    names::{Names, STACK, arn},
    simulator::Question,
};

const READ: [&str; 3] = [
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
];
const WRITE: [&str; 2] = ["dynamodb:PutItem", "dynamodb:DeleteItem"];
/// What no person may do with the table: these take no partitions, or more than these roles need.
const NEVER: [&str; 9] = [
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLUpdate",
    "dynamodb:UpdateItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DescribeTable",
    "dynamodb:UpdateTable",
    "dynamodb:DeleteTable",
    "dynamodb:ExportTableToPointInTime",
];
const WRITE_SECRET: [&str; 4] = [
    "secretsmanager:CreateSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RestoreSecret",
    "secretsmanager:DeleteSecret",
];
const ON_QUEUES: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
];
/// Of groups, but for the last one, which is of streams.
const LOGS: [&str; 3] = [
    "logs:FilterLogEvents",
    "logs:StartQuery",
    "logs:GetLogEvents",
];
const WATCH: [&str; 7] = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "logs:DescribeLogGroups",
    "logs:GetQueryResults",
    "logs:StopQuery",
];

/// The application in the author's tag.
pub(super) const OWN: &str = "shop";

/// What a role may do with a partition.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    Nothing,
    Read,
    /// Reads and writes.
    Put,
    /// Reads and deletes.
    Erase,
    Write,
}

use Access::{Erase, Nothing, Put, Read, Write};

/// Partitions, and the access of operators, of authors of `shop`, and of readers.
const PARTITIONS: [(&str, [Access; 3]); 48] = [
    // It has the ingest keys.
    ("application#shop", [Write, Read, Read]),
    ("application#shop-2", [Write, Nothing, Read]),
    ("application#bot", [Write, Nothing, Read]),
    ("escalation#application:shop", [Write, Write, Read]),
    ("escalation#application:shop-2", [Write, Nothing, Read]),
    ("escalation#application:bot", [Write, Nothing, Read]),
    ("escalation#store:people", [Write, Nothing, Read]),
    ("escalation#store:shop", [Write, Nothing, Read]),
    ("escalation#hook:shop__crm", [Write, Put, Nothing]),
    ("escalation#hook:shop", [Write, Nothing, Nothing]),
    ("escalation#hook:shop_crm", [Write, Nothing, Nothing]),
    ("escalation#hook:bot__crm", [Write, Nothing, Nothing]),
    ("escalation#hook:bot__shop__crm", [Write, Nothing, Nothing]),
    ("hook#shop__crm", [Write, Put, Read]),
    ("hook#shop-2__crm", [Write, Nothing, Read]),
    ("hook#crm", [Write, Nothing, Read]),
    ("escalation#gone:application:shop", [Erase, Read, Read]),
    ("escalation#gone:application:bot", [Erase, Nothing, Read]),
    ("escalation#runs:", [Erase, Nothing, Read]),
    ("escalation#runs:shop:3", [Erase, Read, Read]),
    ("escalation#runs:shop-2:3", [Erase, Nothing, Read]),
    ("escalation#runs:bot:3", [Erase, Nothing, Read]),
    // Locators, of an event, of a subject and of hooks.
    ("escalation#runs:shop:event:a:1:3", [Erase, Read, Read]),
    (
        "escalation#runs:bot:event:a%23shop:3",
        [Erase, Nothing, Read],
    ),
    ("escalation#runs:shop:subject:0a1b:3", [Erase, Read, Read]),
    ("escalation#runs:bot:subject:0a1b:3", [Erase, Nothing, Read]),
    ("escalation#runs:shop:hooks:3", [Erase, Read, Read]),
    ("escalation#runs:bot:hooks:3", [Erase, Nothing, Read]),
    // Kept events.
    ("escalation#runs:shop:events-3", [Erase, Read, Nothing]),
    ("escalation#runs:bot:events-3", [Erase, Nothing, Nothing]),
    // Those of earlier versions.
    ("escalation#runs:shop:events", [Erase, Read, Nothing]),
    ("escalation#runs:bot:events", [Erase, Nothing, Nothing]),
    ("escalation#idempotency:shop:1", [Nothing, Nothing, Nothing]),
    ("index#applications", [Write, Put, Read]),
    ("index#guard", [Write, Put, Read]),
    ("index#hooks", [Write, Put, Read]),
    ("index#stores", [Write, Read, Read]),
    // No role deletes an entry.
    ("publications#shop", [Put, Put, Read]),
    ("publications#bot", [Put, Nothing, Read]),
    ("publications#hooks:", [Put, Nothing, Read]),
    (
        "publications#hookpoint-smoke-6b49d200-0123456789ab-mine",
        [Put, Nothing, Read],
    ),
    // The pattern of bindings includes them.
    ("publications#store:people", [Put, Nothing, Read]),
    ("publications#store:shop", [Put, Nothing, Read]),
    ("audit#shop", [Put, Put, Read]),
    ("audit#bot", [Put, Nothing, Read]),
    ("audit#:", [Put, Nothing, Read]),
    ("other#shop", [Nothing, Nothing, Nothing]),
    ("shop", [Nothing, Nothing, Nothing]),
];

/// Partitions that no role may use, with names close to those above.
const LOOKALIKES: [&str; 15] = [
    "xapplication#shop",
    "xaudit#shop",
    "xhook#shop__crm",
    "xindex#applications",
    "xindex#guard",
    "xindex#hooks",
    "xpublications#shop",
    "xpublications#hookpoint-smoke-6b49d200",
    "escalation#applicationshop",
    "escalation#goneapplicationshop",
    "escalation#hookshop__crm",
    "escalation#storepeople",
    "escalation#runs",
    "escalation#runsshop3",
    "escalation#runsshop",
];
/// Writes that no person makes.
const OTHER_WRITES: [&str; 2] = ["dynamodb:UpdateItem", "dynamodb:BatchWriteItem"];

/// Every question about the three roles.
pub(super) fn questions(names: &Names) -> Vec<Question> {
    let roles = ["OperatorRole", "AuthorRole", "ReaderRole"].into_iter();
    let about = roles.enumerate().map(|(place, role)| {
        let mut role = Inquiry::about(role, names);
        on_table(&mut role, place);
        elsewhere(&mut role, place);
        role.questions
    });
    let mut questions: Vec<Question> = about.flatten().collect();
    // An author without the tag, which the trust policy does not let in, can do nothing.
    let author = questions
        .iter()
        .filter(|question| question.role == "AuthorRole");
    let untagged = author.filter(|question| !question.keys.is_empty()).cloned();
    let untagged: Vec<Question> = untagged
        .map(|question| {
            let of_lists = question.keys[0].starts_with("index#");
            Question {
                is_allowed: question.is_allowed && of_lists,
                application: None,
                ..question
            }
        })
        .collect();
    questions.extend(untagged);
    questions
}

fn on_table(role: &mut Inquiry<'_>, place: usize) {
    let table = role.table();
    let lookalikes = LOOKALIKES.map(|key| (key, [Nothing; 3]));
    for (key, access) in PARTITIONS.into_iter().chain(lookalikes) {
        let access = access[place];
        for action in OTHER_WRITES {
            role.ask(action, &table, &[key], false);
        }
        revision_only(role, key, may_raise(key, place));
        for action in READ.into_iter().chain(WRITE) {
            let is_allowed = match access {
                Nothing => false,
                Read => READ.contains(&action),
                Erase => READ.contains(&action) || action == "dynamodb:DeleteItem",
                Put => READ.contains(&action) || action == "dynamodb:PutItem",
                Write => true,
            };
            role.ask(action, &table, &[key], is_allowed);
            role.ask(action, &arn("dynamodb", "table/another"), &[key], false);
            // With a partition that no role may use.
            role.ask(
                action,
                &table,
                &[key, "escalation#idempotency:shop:1"],
                false,
            );
        }
    }
    // A request that names no partition.
    role.asks(&READ, &table, false);
    role.asks(&WRITE, &table, false);
    role.asks(&NEVER, &table, false);
}

/// Whether a publication in this role raises the revision of the application in a partition.
fn may_raise(key: &str, place: usize) -> bool {
    match place {
        0 => key.starts_with("application#"),
        1 => key.strip_prefix("application#") == Some(OWN),
        _ => false,
    }
}

/// Asks about writes of single attributes: only the revision may be, and only as a publication writes it.
fn revision_only(role: &mut Inquiry<'_>, key: &str, is_allowed: bool) {
    const REVISION: [&str; 3] = ["pk", "sk", "revision"];
    let [update, batch] = OTHER_WRITES;
    let (table, other) = (role.table(), arn("dynamodb", "table/another"));
    role.ask_about(&REVISION, update, &table, &[key], is_allowed);
    let keys = [key, "escalation#idempotency:shop:1"];
    role.ask_about(&REVISION, update, &table, &keys, false);
    role.ask_about(&REVISION, update, &table, &[], false);
    role.ask_about(&REVISION, update, &other, &[key], false);
    role.ask_about(&REVISION, batch, &table, &[key], false);
    let with_body = ["pk", "sk", "revision", "body"];
    role.ask_about(&with_body, update, &table, &[key], false);
}

fn elsewhere(role: &mut Inquiry<'_>, place: usize) {
    let (is_operator, is_author) = (place == 0, place == 1);
    for queue in ["Queue.Arn", "DeadLetterQueue.Arn"] {
        let queue = role.named(queue);
        role.asks(&ON_QUEUES, &queue, is_operator);
        role.asks(&["sqs:PurgeQueue", "sqs:DeleteQueue"], &queue, false);
    }
    role.asks(&ON_QUEUES, &arn("sqs", "another"), false);

    let secret = |name: &str| arn("secretsmanager", &format!("secret:{name}-a1B2c3"));
    for (name, writes) in [
        (format!("{STACK}/CrmToken"), is_operator),
        (format!("{STACK}/continuation-key"), is_operator),
        (format!("{STACK}/bot/CrmToken"), is_operator),
        (format!("{STACK}/shop-2/CrmToken"), is_operator),
        (format!("{STACK}/shop"), is_operator),
        (format!("{STACK}/shop/CrmToken"), is_operator || is_author),
        ("production/shop/CrmToken".to_owned(), false),
        ("shop/CrmToken".to_owned(), false),
    ] {
        let secret = secret(&name);
        role.asks(&WRITE_SECRET, &secret, writes);
        let describes = writes && is_operator;
        role.asks(&["secretsmanager:DescribeSecret"], &secret, describes);
        role.asks(
            &[
                "secretsmanager:GetSecretValue",
                "secretsmanager:UpdateSecret",
            ],
            &secret,
            false,
        );
    }

    for stage in [Stage::Escalation.name(), "hook-worker".to_owned()] {
        let stream = |stack: &str| {
            arn(
                "logs",
                &format!("log-group:/hookpoint/{stack}/{stage}:log-stream:1"),
            )
        };
        let group = arn("logs", &format!("log-group:/hookpoint/{STACK}/{stage}"));
        role.asks(&LOGS[..2], &group, !is_author);
        role.asks(&LOGS[2..], &stream(STACK), !is_author);
        role.asks(&LOGS[2..], &stream("production"), false);
        role.asks(
            &["logs:PutLogEvents", "logs:DeleteLogStream"],
            &stream(STACK),
            false,
        );
    }

    let access_log = |stack: &str| {
        arn(
            "logs",
            &format!("log-group:/aws/vendedlogs/hookpoint/{stack}"),
        )
    };
    for (name, reads) in [
        (access_log(STACK) + "/api", !is_author),
        (access_log(STACK) + "/api-2", false),
        (access_log("production") + "/api", false),
    ] {
        role.asks(&LOGS[..2], &name, reads);
        role.asks(&LOGS[2..], &(name.clone() + ":log-stream:1"), reads);
        role.asks(&["logs:DeleteLogGroup"], &name, false);
    }
    role.asks(&WATCH, "*", !is_author);
    role.asks(&["secretsmanager:ListSecrets"], "*", is_operator);
    let alarm = arn("cloudwatch", "alarm:any");
    role.asks(
        &["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
        &alarm,
        false,
    );

    let stack = |name: &str| arn("cloudformation", &format!("stack/{name}/51af3dc0"));
    role.asks(&["cloudformation:DescribeStacks"], &stack(STACK), true);
    role.asks(&["cloudformation:DescribeStacks"], &stack("prod-2"), false);
    role.asks(
        &["cloudformation:UpdateStack", "cloudformation:DeleteStack"],
        &stack(STACK),
        false,
    );
    role.asks(
        &["lambda:InvokeFunction"],
        &role.named("HookWorkerFunction.Arn"),
        false,
    );
    role.asks(
        &["iam:PassRole", "sts:AssumeRole"],
        "arn:aws:iam::123456789012:role/any",
        false,
    );
    role.asks(
        &["kms:Decrypt"],
        &arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        false,
    );
}
