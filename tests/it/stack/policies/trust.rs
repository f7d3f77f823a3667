//! Who may assume the roles for people.

use serde_json::{Value, json};

use super::{
    names::{ACCOUNT, Names},
    people::OWN,
    simulator::{Caller, Question, Roles},
};

const ASSUME: &str = "sts:AssumeRole";
const TAG: &str = "sts:TagSession";
/// What no caller may do, whatever the tags.
const NEVER: [&str; 1] = ["sts:SetSourceIdentity"];
/// Of a person in the account of the stack, and of one in another account.
const ACCOUNTS: [&str; 2] = [ACCOUNT, "210987654321"];

type Tags = &'static [(&'static str, &'static str)];

/// Tags of the person, those that the person passes, and whether an author has them.
const TAGS: [(Tags, Tags, bool); 9] = [
    (&[("application", OWN)], &[("application", OWN)], true),
    (
        &[("application", OWN), ("team", "web")],
        &[("application", OWN)],
        true,
    ),
    // Another application, or a part of the name.
    (&[("application", OWN)], &[("application", "bot")], false),
    (&[("application", OWN)], &[("application", "*")], false),
    // One of both is missing, or both.
    (&[("application", OWN)], &[], false),
    (&[], &[("application", OWN)], false),
    (&[], &[], false),
    // Another tag, instead and besides.
    (&[("team", OWN)], &[("team", OWN)], false),
    (
        &[("application", OWN)],
        &[("application", OWN), ("team", "web")],
        false,
    ),
];

/// The trust policies of roles by logical id, each the only policy in its list.
pub(super) fn policies(names: &Names) -> Roles {
    let roles = names.resolution.of_type("AWS::IAM::Role");
    roles
        .map(|(id, role)| {
            let policy = names.resolved(&role["Properties"]["AssumeRolePolicyDocument"]);
            (id.clone(), json!([{ "name": "trust", "policy": policy }]))
        })
        .collect()
}

/// Every question about who may assume the three roles.
pub(super) fn questions(_: &Names) -> Vec<Question> {
    let mut questions = Vec::new();
    for account in ACCOUNTS {
        for (tags, session_tags, is_author) in TAGS {
            let caller = Caller {
                principal: format!("arn:aws:iam::{account}:user/ada"),
                tags,
                session_tags,
            };
            let is_own = account == ACCOUNT;
            let mut ask = |role: &str, action, is_allowed| {
                questions.push(question(role, action, &caller, is_allowed));
            };
            for action in [ASSUME, TAG] {
                ask("AuthorRole", action, is_own && is_author);
            }
            for role in ["OperatorRole", "ReaderRole"] {
                ask(role, ASSUME, is_own);
                // STS asks for this one too where tags are passed.
                ask(role, TAG, false);
            }
            for action in NEVER {
                for role in super::PEOPLE {
                    ask(role, action, false);
                }
            }
        }
    }
    questions
}

fn question(role: &str, action: &'static str, caller: &Caller, is_allowed: bool) -> Question {
    Question {
        role: role.to_owned(),
        action,
        resource: format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        keys: Vec::new(),
        attributes: Vec::new(),
        application: None,
        via: None,
        caller: Some(caller.clone()),
        is_allowed,
    }
}

/// All variants of a trust policy with one part widened or narrowed, with a description.
pub(super) fn mutants(policies: &Value) -> Vec<(String, Value)> {
    let statements = policies[0]["policy"]["Statement"].as_array().unwrap();
    let [statement] = &statements[..] else {
        panic!("several statements: {statements:?}");
    };
    let with = |name: &str, value: Value| {
        let mut changed = statement.clone();
        changed[name] = value;
        changed
    };
    let mut variants = vec![
        ("any action".to_owned(), with("Action", json!("sts:*"))),
        (
            "any principal".to_owned(),
            with("Principal", json!({ "AWS": "*" })),
        ),
    ];
    let actions = statement["Action"].as_array().into_iter().flatten();
    for action in actions {
        let change = format!("{action} alone");
        variants.push((change, with("Action", action.clone())));
    }
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    for (name, _) in conditions {
        let mut changed = statement.clone();
        changed["Condition"].as_object_mut().unwrap().remove(name);
        variants.push((format!("without {name}"), changed));
    }
    let policy = |statements: Value| {
        let mut changed = policies.clone();
        changed[0]["policy"]["Statement"] = statements;
        changed
    };
    let denying = json!([with("Effect", json!("Deny"))]);
    let removed = [("denied".to_owned(), policy(denying))];
    let variants = variants.into_iter();
    variants
        .map(|(change, statement)| (change, policy(json!([statement]))))
        .chain(removed)
        .collect()
}
