//! The permissions of the templates' roles, decided by a policy simulator.

mod deployment;
mod endpoints;
mod inquiry;
mod mutants;
mod names;
mod people;
mod replay;
mod simulator;
mod trust;

use std::path::Path;

use serde_json::Value;

use self::{
    inquiry::Inquiry,
    mutants::mutants,
    names::Names,
    simulator::{Question, Roles, decisions, roles},
};
use crate::template::translation::{self, DEPLOYMENT, Template};

/// Roles of the deployment: one that queues, one that does not, and the worker's.
const SOME: [&str; 3] = [
    "ConversationStartRole",
    "BeforeRegistrationRole",
    "HookWorkerRole",
];

/// The questions about the roles of a template.
type Questions = fn(&Names) -> Vec<Question>;

/// Checks that every role of a template may do what it must, and nothing else in the questions.
fn every_decision_is_right(template: &Template, questions: Questions) -> usize {
    let names = Names::of(template);
    let questions = questions(&names);
    all_are_right(&roles(&names), &questions)
}

/// Checks all decisions. Returns how many there are.
fn all_are_right(roles: &Roles, questions: &[Question]) -> usize {
    let decisions = decisions(roles, questions, usize::MAX);
    let wrong = decisions.wrong(questions);
    assert!(wrong.is_empty(), "{wrong:#?}");
    decisions.asked
}

/// Checks that every change of a statement of these roles changes a decision.
fn every_change_is_noticed(template: &Template, questions: Questions, asked: &[&str]) -> usize {
    let names = Names::of(template);
    let mut roles = roles(&names);
    roles.retain(|role, _| asked.contains(&role.as_str()));
    each_is_noticed(&roles, &questions(&names), mutants)
}

/// Checks that each variant of these roles changes a decision. Returns how many there are.
fn each_is_noticed(
    roles: &Roles,
    questions: &[Question],
    variants: impl Fn(&Value) -> Vec<(String, Value)>,
) -> usize {
    let mut changed = Roles::new();
    let mut about = Vec::new();
    for (role, policies) in roles {
        for (change, mutant) in variants(policies) {
            let name = format!("{role} with {change}");
            let own = questions.iter().filter(|question| question.role == *role);
            about.extend(own.cloned().map(|question| Question {
                role: name.clone(),
                ..question
            }));
            changed.insert(name, mutant);
        }
    }
    let decisions = decisions(&changed, &about, 1);
    let noticed = decisions.wrong(&about);
    let mut unnoticed: Vec<_> = changed.keys().collect();
    unnoticed.retain(|name| !noticed.iter().any(|question| question.role == **name));
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    changed.len()
}

fn deployment(parameters: &[(&str, &str)]) -> Template {
    translation::deployment(&[translation::parameters(parameters)]).remove(0)
}

fn endpoints() -> impl Iterator<Item = &'static Template> {
    let templates = translation::all().iter();
    templates.filter(|template| template.path != Path::new(DEPLOYMENT))
}

#[test]
fn a_stage_reads_its_own_partitions_and_the_worker_writes_nothing_but_runs() {
    let count = every_decision_is_right(&deployment(&[]), deployment::questions);
    eprintln!("{count} decisions about the deployment");
}

#[test]
fn a_change_of_a_role_is_noticed_whatever_the_parameters_of_the_deployment() {
    let template = deployment(&[("Fifo", "true"), ("Tracing", "Active")]);
    let questions = |names: &Names| {
        let mut questions = deployment::questions(names);
        questions.retain(|question| SOME.contains(&question.role.as_str()));
        questions
    };
    let elsewhere = deployment(&[("ExistingTable", "restored")]);
    let decisions = every_decision_is_right(&template, questions)
        + every_decision_is_right(&elsewhere, questions);
    let changes = every_change_is_noticed(&template, questions, &SOME);
    eprintln!("{decisions} decisions about three roles, {changes} changes of them");
}

/// The roles for people.
const PEOPLE: [&str; 3] = ["OperatorRole", "AuthorRole", "ReaderRole"];

#[test]
fn an_author_assumes_the_role_for_the_application_in_their_own_tag_and_no_other_account_does() {
    let names = Names::of(&deployment(&[("PeopleRoles", "true")]));
    let mut roles = trust::policies(&names);
    roles.retain(|role, _| PEOPLE.contains(&role.as_str()));
    let questions = trust::questions(&names);
    let decisions = all_are_right(&roles, &questions);
    let changes = each_is_noticed(&roles, &questions, trust::mutants);
    eprintln!(
        "{decisions} decisions about who assumes a role, {changes} changes of trust policies"
    );
}

const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn an_author_publishes_one_application_an_operator_all_of_them_and_a_reader_only_looks() {
    let template = deployment(&[("PeopleRoles", "true")]);
    let decisions = every_decision_is_right(&template, people::questions);
    let elsewhere = deployment(&[("PeopleRoles", "true"), ("ExistingTable", "restored")]);
    let decisions = decisions + every_decision_is_right(&elsewhere, people::questions);
    let changes = every_change_is_noticed(&template, people::questions, &PEOPLE);
    eprintln!("{decisions} decisions about people, {changes} changes of their roles");
}

#[test]
fn a_key_of_the_customer_is_used_through_the_services_that_keep_data_only() {
    let template = deployment(&[("KmsKeyArn", KEY), ("PeopleRoles", "true")]);
    let questions = |names: &Names| {
        let roles = SOME.into_iter().chain(PEOPLE);
        let questions = roles.flat_map(|role| {
            let mut role = Inquiry::about(role, names);
            role.ask_for_key(KEY);
            role.questions
        });
        questions.collect()
    };
    assert!(every_decision_is_right(&template, questions) > 0);
}

#[test]
fn an_endpoint_may_do_what_its_code_does_and_nothing_else() {
    let (mut decisions, mut changes) = (0, 0);
    for template in endpoints() {
        decisions += every_decision_is_right(template, endpoints::questions);
        let asked = ["ReceiverRole", "StreamRole"];
        changes += every_change_is_noticed(template, endpoints::questions, &asked);
    }
    assert!(changes > 0);
    eprintln!("{decisions} decisions about endpoints, {changes} changes of their roles");
}
