//! "Did you mean": suggests the known name nearest to an unknown one.

use hookpoint_engine::{
    spelling::{self, fold},
    stages::Stage,
};

/// Maximum number of names compared.
const MOST_COMPARED: usize = 2_000;
/// More stages than this are not named as what is meant.
const MOST_NAMED: usize = 5;

/// The fix for an unknown name: the nearest known one, or a list of them.
pub fn for_unknown<'a>(
    unknown: &str,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if kind == "stage" {
        let containing = containing(unknown, &known);
        if (2..=MOST_NAMED).contains(&containing.len()) {
            return among_stages(&containing);
        }
    }
    if let Some(nearest) = nearest(unknown, &known) {
        return format!("did you mean `{nearest}`?");
    }
    if known.is_empty() {
        return declaration(unknown, kind).map_or_else(
            || format!("there is no {kind} yet; declare it first"),
            |line| format!("there is no {kind} yet; declare it: `{line}`"),
        );
    }
    if let [only] = known[..] {
        return format!("use `{only}`");
    }
    if kind == "stage" {
        return for_unknown_stage(unknown, &known);
    }
    let shown: Vec<String> = known
        .iter()
        .take(20)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = if known.len() > 20 { ", …" } else { "" };
    format!("use one of {}{rest}", shown.join(", "))
}

/// There are more stages than a message has room for: names those that have the words of the unknown one.
fn for_unknown_stage(unknown: &str, known: &[&str]) -> String {
    let known: Vec<_> = known
        .iter()
        .map(|name| {
            let stage: Option<Stage> = name.parse().ok();
            (*name, stage.map_or("", |stage| stage.definition().summary))
        })
        .collect();
    let found = having_words(unknown, &known);
    if found.is_empty() || found.len() > MOST_NAMED {
        return "`hookpoint stages` lists them".to_owned();
    }
    among_stages(&found)
}

fn among_stages(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "did you mean {}? `hookpoint stages` lists all",
        alternatives(&names)
    )
}

/// The stages before and after what an unknown name says, or all that contain it: none is nearer because it is shorter.
fn containing<'a>(unknown: &str, known: &[&'a str]) -> Vec<&'a str> {
    let word = in_our_words(unknown);
    let named = |moment: &str| {
        known
            .iter()
            .find(|name| fold(name) == format!("{moment}{word}"))
    };
    let around: Vec<_> = ["before", "at", "after"]
        .into_iter()
        .filter_map(named)
        .collect();
    let contains = |name: &&&str| fold(name).contains(&word);
    if around.is_empty() {
        known.iter().filter(contains).copied().collect()
    } else {
        around.into_iter().copied().collect()
    }
}

/// `a`, `a or b`, `a, b or c`.
pub fn alternatives(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The one known name that [`for_unknown`] brings up for an unknown one.
pub(crate) fn meant<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let only = match known[..] {
        [only] => Some(only),
        _ => None,
    };
    nearest(unknown, &known).or(only)
}

/// The line of a workspace that declares a name of this kind.
fn declaration(name: &str, kind: &str) -> Option<String> {
    match kind {
        "secret" => Some(format!("secrets: [{name}]")),
        "store" => Some(format!("stores: [{name}]")),
        "application" => Some(format!(
            "applications: {{ {name}: {{ name: …, kind: … }} }}"
        )),
        "hook" => Some(format!("hooks: {{ {name}: {{ … }} }}")),
        _ => None,
    }
}

/// The known name that an unknown one misspells, or means in the words of another product.
pub fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let known = known.iter().take(MOST_COMPARED).copied();
    spelling::nearest(&[unknown, &in_our_words(unknown)], known)
}

/// The key that is missing and that an unknown one means, rather than misspells.
pub(crate) fn key_meant<'a>(unknown: &str, missing: &[&'a str]) -> Option<&'a str> {
    const MEANINGS: [(&str, &[&str]); 15] = [
        ("application", &["app", "applicationid"]),
        ("applications", &["apps"]),
        ("store", &["identitystore", "storeid"]),
        ("stores", &["identitystores"]),
        ("identityStore", &["store"]),
        ("stage", &["event", "eventtype", "trigger", "on"]),
        ("hook", &["function", "handler", "action"]),
        ("kind", &["type"]),
        ("order", &["priority", "position"]),
        ("failure", &["onfailure", "onerror"]),
        ("when", &["if", "condition", "conditions"]),
        ("file", &["path", "src"]),
        ("url", &["uri", "endpoint", "href"]),
        ("variables", &["vars", "env"]),
        ("response", &["reply", "answer", "returns"]),
    ];
    let unknown = fold(unknown);
    let of_ours = MEANINGS
        .iter()
        .filter(|(_, words)| words.contains(&unknown.as_str()));
    let mut names = of_ours.filter_map(|(ours, _)| missing.iter().find(|name| *name == ours));
    names.next().copied()
}

/// The text with other products' words replaced by ours.
fn in_our_words(text: &str) -> String {
    const WORDS: [(&str, &str); 14] = [
        ("begin", "start"),
        ("finish", "end"),
        ("stop", "end"),
        ("create", "registration"),
        ("signup", "registration"),
        ("register", "registration"),
        ("signin", "login"),
        ("logon", "login"),
        ("delete", "deletion"),
        ("change", "update"),
        ("check", "validation"),
        ("validate", "validation"),
        ("verify", "verification"),
        ("user", "customer"),
    ];
    // Where other products say when, and we say what has happened.
    const MOMENTS: [(&str, &str); 5] = [
        ("beforeauthentication", "aftercustomeridentification"),
        ("beforelogin", "aftercustomeridentification"),
        ("afterauthentication", "afterselfservicelogin"),
        ("usermigration", "atfailedidentification"),
        ("afterconfirmation", "afterregistration"),
    ];
    let mut lower = fold(text);
    for (other, ours) in [("pre", "before"), ("post", "after")] {
        if let Some(rest) = lower.strip_prefix(other) {
            lower = format!("{ours}{rest}");
        }
    }
    if let Some((_, ours)) = MOMENTS.iter().find(|(other, _)| lower == *other) {
        return (*ours).to_owned();
    }
    let word = WORDS.iter().find(|(other, _)| lower.contains(other));
    word.map_or(lower.clone(), |(other, ours)| lower.replace(other, ours))
}

/// The known names that have every word of an unknown one, such as `login` or `convStart`; if none has, those whose description does.
fn having_words<'a>(unknown: &str, known: &[(&'a str, &str)]) -> Vec<&'a str> {
    let mut words = Vec::new();
    for character in unknown.chars().take(100) {
        let starts = character.is_uppercase() || !character.is_alphanumeric();
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    let words: Vec<_> = words
        .iter()
        .map(|word| in_our_words(word))
        .filter(|word| word.len() > 2)
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    let has_all = |text: &str| words.iter().all(|word| text.contains(word.as_str()));
    let of = |in_name: bool| {
        let found = known.iter().filter(|(name, about)| {
            has_all(&if in_name {
                fold(name)
            } else {
                about.to_lowercase()
            })
        });
        found.map(|(name, _)| *name).collect::<Vec<_>>()
    };
    let named = of(true);
    if named.is_empty() { of(false) } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_stages_those_are_named_that_have_the_words() {
        let names: Vec<_> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        let help = |unknown| for_unknown(unknown, "stage", names.iter().map(String::as_str));
        for (unknown, expected) in [
            ("convStart", "did you mean `conversation-start`?"),
            ("PRE_REGISTRATION", "did you mean `before-registration`?"),
            ("POST_REGISTRATION", "did you mean `after-registration`?"),
            (
                "beforeAuthentication",
                "did you mean `after-customer-identification`?",
            ),
            ("pre-login", "did you mean `after-customer-identification`?"),
            (
                "PostAuthentication",
                "did you mean `after-self-service-login`?",
            ),
            ("PreSignUp", "did you mean `before-registration`?"),
            (
                "PreTokenGeneration",
                "did you mean `before-id-token-generation`?",
            ),
            ("UserMigration", "did you mean `at-failed-identification`?"),
            (
                "login",
                "`after-external-login` or `after-self-service-login`",
            ),
            (
                "registration",
                "did you mean `before-registration` or `after-registration`?",
            ),
            (
                "signUp",
                "did you mean `before-registration` or `after-registration`?",
            ),
            ("welcome", "`hookpoint stages` lists them"),
            ("escalate", "`escalation`"),
            ("before", "`hookpoint stages` lists them"),
            ("xy", "`hookpoint stages` lists them"),
            ("--", "`hookpoint stages` lists them"),
        ] {
            let help = help(unknown);
            assert!(help.contains(expected), "{unknown}: {help}");
            assert!(help.len() < 250, "{unknown}: {help}");
        }
    }

    #[test]
    fn what_others_call_the_same_is_found_by_its_meaning() {
        let known = [
            "conversationStart",
            "conversationEnd",
            "beforeRegistration",
            "afterSelfServiceLogin",
        ];
        for (unknown, found) in [
            ("conversationBegin", Some("conversationStart")),
            ("conversation-finish", Some("conversationEnd")),
            ("beforeSignup", Some("beforeRegistration")),
            ("conversatoinEnd", Some("conversationEnd")),
            ("afterSelfServiceLogon", Some("afterSelfServiceLogin")),
            ("invoice", None),
        ] {
            assert_eq!(nearest(unknown, &known), found, "{unknown}");
        }
    }
}
