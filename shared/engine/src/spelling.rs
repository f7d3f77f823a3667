//! Finds the name meant by a misspelt one.

/// Maximum length of a misspelt name, in bytes: a longer one is no typing error, and the comparison is quadratic.
const LONGEST: usize = 100;

/// The name nearest to one of some spellings of an unknown one, within an edit distance of a third of its length; the first of several.
/// Swapped letters count once; case and separators are ignored.
pub fn nearest<'a>(
    spellings: &[&str],
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let short = spellings.iter().filter(|text| text.len() <= LONGEST);
    let folded: Vec<String> = short.map(|text| fold(text)).collect();
    let distance = |name: &'a str| {
        let (known, limit) = (fold(name), (name.chars().count() / 3).max(1));
        let length = known.chars().count();
        // The difference in length rules out most names before they are compared.
        let alike = folded
            .iter()
            .filter(|text| length.abs_diff(text.chars().count()) <= limit);
        let distances = alike.map(|text| strsim::osa_distance(text, &known));
        let nearest = distances.min().filter(|distance| *distance <= limit);
        nearest.map(|distance| (distance, name))
    };
    names
        .into_iter()
        .filter_map(distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The letters of a name, in lower case and without separators.
pub fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use hookpoint_stages::{Effect, Stage};

    use super::*;

    fn nearest_effect(member: &str, effects: impl Iterator<Item = Effect>) -> Option<Effect> {
        nearest(&[member], effects.map(Effect::as_str)).and_then(Effect::from_member)
    }

    #[test]
    fn spellings_lead_to_the_effect_that_is_meant() {
        for (member, meant) in [
            ("Deny", Some(Effect::Deny)),
            ("DENY", Some(Effect::Deny)),
            ("dney", Some(Effect::Deny)),
            ("denyy", Some(Effect::Deny)),
            ("showerror", Some(Effect::ShowError)),
            ("show_error", Some(Effect::ShowError)),
            ("show-errors", Some(Effect::ShowError)),
            ("redirct", Some(Effect::Redirect)),
            ("Redirect", Some(Effect::Redirect)),
            ("profilingStep", Some(Effect::ProfilingSteps)),
            ("profilngsteps", Some(Effect::ProfilingSteps)),
            ("passwrd", Some(Effect::Password)),
            ("contxt", Some(Effect::Context)),
            ("attribute", Some(Effect::Attributes)),
            ("denial", None),
            ("any", None),
            ("error", None),
            ("request", None),
            ("d\u{e9}ny-d\u{e9}ny", None),
            ("", None),
        ] {
            let all = Effect::ALL.into_iter();
            assert_eq!(nearest_effect(member, all), meant, "{member}");
        }
        let all = Effect::ALL.into_iter();
        assert_eq!(nearest_effect(&"deny".repeat(1_000), all), None);
    }

    #[test]
    fn a_letter_of_several_bytes_counts_once() {
        assert_eq!(nearest(&["ab"], ["a\u{20ac}b"]), Some("a\u{20ac}b"));
    }

    #[test]
    fn no_field_of_an_event_is_taken_for_a_misspelt_veto() {
        for stage in Stage::ALL {
            for field in stage.fields() {
                let member = field.path.split('.').next().unwrap_or_default();
                let meant = nearest_effect(member, stage.effects().iter());
                let is_effect = Effect::from_member(member).is_some();
                assert!(
                    is_effect || !meant.is_some_and(Effect::is_veto),
                    "{stage}: `{member}` would be taken for `{meant:?}`"
                );
            }
        }
    }
}
