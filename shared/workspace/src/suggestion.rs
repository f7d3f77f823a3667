//! "Did you mean": suggests the known name nearest to an unknown one.

/// Maximum number of names compared.
const MOST_COMPARED: usize = 2_000;

/// The fix for an unknown name: the nearest known one, or a list of them.
pub fn for_unknown<'a>(
    unknown: &str,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
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
    let shown: Vec<String> = known
        .iter()
        .take(20)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = if known.len() > 20 { ", …" } else { "" };
    format!("use one of {}{rest}", shown.join(", "))
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

/// The known name with an edit distance up to a third of its length. Swapped letters count once; case and separators do
/// not count.
pub fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    // The distance is quadratic in the length, and names of more than 100 characters are not typing errors.
    if unknown.chars().count() > 100 {
        return None;
    }
    let folded = fold(unknown);
    let meant = fold(&in_our_words(unknown));
    known
        .iter()
        .take(MOST_COMPARED)
        .map(|name| {
            let name_folded = fold(name);
            let distance = |text: &str| strsim::osa_distance(text, &name_folded);
            (distance(&folded).min(distance(&meant)), *name)
        })
        .filter(|(distance, name)| *distance <= (name.chars().count() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// The text with our words in place of what others call the same.
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
    let lower = fold(text);
    let word = WORDS.iter().find(|(other, _)| lower.contains(other));
    word.map_or(lower.clone(), |(other, ours)| lower.replace(other, ours))
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
