//! The permissions that the deployment's roles need, and those they must not have.

use hookpoint_engine::stages::{ModeRule, Stage};
use hookpoint_xtask::generate::template::logical_id;

use super::{
    inquiry::Inquiry,
    names::{Names, STACK, arn},
    simulator::Question,
};

const GET: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const PUT: &str = "dynamodb:PutItem";
const DELETE: &str = "dynamodb:DeleteItem";
const WRITE_BATCH: &str = "dynamodb:BatchWriteItem";
/// Reads of published state: single items and lists.
const READ: [&str; 2] = [GET, QUERY];
/// Access to idempotency records.
const ANSWER: [&str; 3] = [GET, PUT, DELETE];
/// All requests for partitions.
const BY_PARTITION: [&str; 6] = [GET, QUERY, PUT, DELETE, WRITE_BATCH, "dynamodb:UpdateItem"];
/// Actions on the table that no role may have: scanning, SQL, changing, copying.
const WITH_THE_TABLE: [&str; 12] = [
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DescribeTable",
    "dynamodb:UpdateTable",
    "dynamodb:DeleteTable",
    "dynamodb:UpdateTimeToLive",
    "dynamodb:ExportTableToPointInTime",
];
const SEND: [&str; 1] = ["sqs:SendMessage"];
const RECEIVE: [&str; 4] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
];
/// Actions on a queue that no role may have.
const WITH_A_QUEUE: [&str; 4] = [
    "sqs:PurgeQueue",
    "sqs:DeleteQueue",
    "sqs:SetQueueAttributes",
    "sqs:AddPermission",
];
const READ_SECRET: [&str; 1] = ["secretsmanager:GetSecretValue"];
/// Actions on a secret that no role may have, not even one that reads it.
const WITH_A_SECRET: [&str; 4] = [
    "secretsmanager:DescribeSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecret",
    "secretsmanager:DeleteSecret",
];
const LOG: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
const WITH_LOGS: [&str; 2] = ["logs:GetLogEvents", "logs:DeleteLogStream"];

/// The kinds of partitions that begin with a stage's name.
const KINDS: [&str; 6] = [
    "application",
    "store",
    "hook",
    "runs",
    "gone",
    "idempotency",
];

/// Every question about every role.
pub(super) fn questions(names: &Names) -> Vec<Question> {
    let stages = Stage::ALL.iter();
    let stages = stages.flat_map(|stage| about_stage(*stage, names));
    stages.chain(about_worker(names)).collect()
}

fn partition(stage: Stage, kind: &str) -> String {
    format!("{}#{kind}:shop", stage.name())
}

fn about_stage(stage: Stage, names: &Names) -> Vec<Question> {
    let mut role = Inquiry::about(&(logical_id(stage) + "Role"), names);
    let own = |kind| partition(stage, kind);
    on_partition(&mut role, "application#shop", &READ);
    for kind in ["application", "store", "hook"] {
        on_partition(&mut role, &own(kind), &READ);
    }
    on_partition(&mut role, &own("runs"), &[WRITE_BATCH]);
    on_partition(&mut role, &own("idempotency"), &ANSWER);
    on_partition(&mut role, &own("gone"), &[]);
    for other in Stage::ALL.iter().filter(|other| **other != stage) {
        for kind in KINDS {
            on_partition(&mut role, &partition(*other, kind), &[]);
        }
        // An allowed partition must not make another one accessible.
        for (kind, action) in [("runs", WRITE_BATCH), ("idempotency", GET)] {
            let keys = [own(kind), partition(*other, kind)];
            together(&mut role, [&keys[0], &keys[1]], &[action]);
        }
    }
    together(
        &mut role,
        [&own("application"), &partition(stage, "runs")],
        &BY_PARTITION,
    );
    together(&mut role, [&own("hook"), "hook#crm"], &READ);
    for kind in KINDS {
        on_partition(&mut role, &format!("all-{}", own(kind)), &[]);
    }
    near(&mut role, &stage.name());
    whole_table(&mut role);

    let may_queue = match stage.definition().mode {
        ModeRule::SynchronousOnly => false,
        ModeRule::SynchronousByDefault | ModeRule::AsynchronousOnly => true,
    };
    let queue = role.named("Queue.Arn");
    role.asks(&SEND, &queue, may_queue);
    role.asks(&SEND, &role.named("DeadLetterQueue.Arn"), false);
    role.asks(&RECEIVE, &queue, false);
    everywhere_else(&mut role, &stage.name());
    role.questions
}

fn about_worker(names: &Names) -> Vec<Question> {
    let mut role = Inquiry::about("HookWorkerRole", names);
    on_partition(&mut role, "application#shop", &READ);
    for stage in Stage::ALL {
        for kind in ["application", "store", "hook"] {
            on_partition(&mut role, &partition(*stage, kind), &READ);
        }
        let runs = partition(*stage, "runs");
        on_partition(&mut role, &runs, &[WRITE_BATCH]);
        let gone = partition(*stage, "gone");
        on_partition(&mut role, &gone, &[QUERY, PUT]);
        together(&mut role, [&gone, "application#shop"], &BY_PARTITION);
        on_partition(&mut role, &partition(*stage, "idempotency"), &[]);
        together(
            &mut role,
            [&runs, &partition(*stage, "application")],
            &BY_PARTITION,
        );
    }
    together(&mut role, ["application#shop", "hook#crm"], &READ);
    near(&mut role, "escalation");
    whole_table(&mut role);

    role.asks(&SEND, &role.named("Queue.Arn"), true);
    role.asks(&RECEIVE, &role.named("Queue.Arn"), true);
    role.asks(&SEND, &role.named("DeadLetterQueue.Arn"), true);
    everywhere_else(&mut role, "hook-worker");
    role.questions
}

/// Allows only these actions on a partition, and none on one of the same name in another table.
fn on_partition(role: &mut Inquiry<'_>, key: &str, allowed: &[&str]) {
    let table = role.table();
    for action in BY_PARTITION {
        let is_allowed = allowed.contains(&action);
        role.ask(action, &table, &[key], is_allowed);
        if is_allowed {
            role.ask(action, &arn("dynamodb", "table/another"), &[key], false);
        }
    }
}

/// Allows no request that names both partitions.
fn together(role: &mut Inquiry<'_>, keys: [&str; 2], actions: &[&'static str]) {
    let table = role.table();
    for action in actions {
        role.ask(action, &table, &keys, false);
    }
}

/// Allows nothing on partitions with similar names.
fn near(role: &mut Inquiry<'_>, stage: &str) {
    for kind in KINDS {
        on_partition(role, &format!("{stage}#{kind}s:shop"), &[]);
        on_partition(role, &format!("{stage}-{kind}:shop"), &[]);
    }
    on_partition(role, "all-application#shop", &[]);
}

/// Questions about the whole table, for every role.
fn whole_table(role: &mut Inquiry<'_>) {
    let table = role.table();
    // A request that names no partition.
    role.asks(&BY_PARTITION, &table, false);
    role.asks(&WITH_THE_TABLE, &table, false);
    role.asks(
        &["dynamodb:Query", "dynamodb:Scan"],
        &(table.clone() + "/index/any"),
        false,
    );
    // The canonical versions, which are for tools, and lookalikes of an application's partition.
    for key in ["hook#crm", "application", "applications#shop"] {
        on_partition(role, key, &[]);
    }
}

/// Questions about everything except the table and the allowed queue actions, for every role.
fn everywhere_else(role: &mut Inquiry<'_>, log_group: &str) {
    for queue in ["Queue.Arn", "DeadLetterQueue.Arn"] {
        role.asks(&WITH_A_QUEUE, &role.named(queue), false);
    }
    role.asks(&RECEIVE, &role.named("DeadLetterQueue.Arn"), false);
    role.asks(&[SEND[0], RECEIVE[0]], &arn("sqs", "another"), false);

    let secret = |name: &str| arn("secretsmanager", &format!("secret:{name}-a1B2c3"));
    for name in ["CrmToken", "shop/CrmToken", "continuation-key"] {
        let own = secret(&format!("{STACK}/{name}"));
        role.asks(&READ_SECRET, &own, true);
        role.asks(&WITH_A_SECRET, &own, false);
    }
    // Other stacks, including one with the same prefix, and resources of no stack.
    for name in [
        "production/CrmToken",
        "prod-2/CrmToken",
        "staging/prod/CrmToken",
        "prod",
    ] {
        role.asks(&READ_SECRET, &secret(name), false);
    }
    role.asks(&["secretsmanager:BatchGetSecretValue"], "*", false);
    role.asks(&["secretsmanager:ListSecrets"], "*", false);

    let stream = |group: &str| {
        arn(
            "logs",
            &format!("log-group:{group}:log-stream:2026/01/01/1"),
        )
    };
    let own = stream(&format!("/hookpoint/{STACK}/{log_group}"));
    role.asks(&LOG, &own, true);
    role.asks(&WITH_LOGS, &own, false);
    let stages = Stage::ALL.iter().map(|stage| stage.name());
    let groups = stages.chain(["hook-worker".to_owned(), format!("{log_group}-2")]);
    for group in groups.filter(|group| group != log_group) {
        role.asks(&LOG, &stream(&format!("/hookpoint/{STACK}/{group}")), false);
    }
    role.asks(
        &LOG,
        &stream(&format!("/hookpoint/production/{log_group}")),
        false,
    );
    role.asks(&LOG, &stream("/aws/vendedlogs/hookpoint/prod/api"), false);

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
        &["s3:GetObject"],
        "arn:aws:s3:::packages/target/lambda/hook-worker.zip",
        false,
    );
    role.asks(
        &["kms:Decrypt"],
        &arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        false,
    );
    let sends_traces = role.traces();
    role.asks(
        &["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "*",
        sends_traces,
    );
    role.asks(&["xray:GetServiceGraph"], "*", false);
}
