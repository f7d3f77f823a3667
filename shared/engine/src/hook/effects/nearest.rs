//! Suggests the name meant by a misspelt one.

/// Maximum length of a name to find suggestions for.
const LONGEST: usize = 40;

/// The nearest of these names within an edit distance of a third of its length. Swapped letters count once; case and
/// separators are ignored.
pub(super) fn nearest(
    member: &str,
    names: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if member.len() > LONGEST {
        return None;
    }
    let folded = fold(member);
    let distance = |name: &'static str| {
        let (known, limit) = (fold(name), name.len() / 3);
        // The difference in length is a lower bound of the distance, and rules out most names.
        (known.len().abs_diff(folded.len()) <= limit)
            .then(|| strsim::osa_distance(&folded, &known))
            .filter(|distance| *distance <= limit)
            .map(|distance| (distance, name))
    };
    names
        .filter_map(distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn fold(name: &str) -> String {
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
        nearest(member, effects.map(Effect::as_str)).and_then(Effect::from_member)
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
