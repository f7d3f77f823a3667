//! `docs/effects.md`.

use hookpoint_stages::{Effect, Ending, Form, Member, Names, Reserved, Rule, Stage};
use serde_json::{Map, Value};

use crate::markdown::{Table, code, yes_or_no};

pub(super) fn text() -> anyhow::Result<String> {
    let mut text = "# Effects

A hook returns one JSON object, at most 256 KB. Its members are the effects listed here; each stage accepts some of them ([stages](stages.md)).
Types for scripts are in [`hookpoint.d.ts`](../hookpoint.d.ts), JSON Schemas per stage in [`schemas/`](../schemas).

- A member that is `null` counts as absent. An empty object, an empty body and 204 mean \"no effects\".
- A **veto** ends the pass or rejects a password. If malformed, misspelt, or at a stage that does not accept it, it fails the hook, and the
  binding's failure policy decides. Any other such effect is dropped, and the rest of the response still counts.
- All problems of a response are reported at once: in the run's failure, or as dropped parts (`hookpoint runs show`).

"
    .to_owned();
    let mut overview = Table::new(&["effect", "what it does", "veto", "later hooks"]);
    for effect in Effect::ALL {
        let definition = effect.definition();
        overview.row(&[
            &format!("[`{effect}`](#{})", definition.name.to_lowercase()),
            definition.summary,
            yes_or_no(definition.veto),
            ending(definition.ending),
        ]);
    }
    text += &overview.into_text();
    for effect in Effect::ALL {
        text += &section(effect)?;
    }
    Ok(text)
}

fn section(effect: Effect) -> anyhow::Result<String> {
    let definition = effect.definition();
    let mut parts = Table::new(&["part", "must be", "required", "what it is"]);
    let path = code(definition.name);
    parts.row(&[
        &path,
        &definition.form.description(),
        "",
        definition.summary,
    ]);
    let mut notes = Vec::new();
    describe(&definition.form, definition.name, &mut parts, &mut notes);
    let mut list = String::new();
    for note in &notes {
        list += "- ";
        list += note;
        list += "\n";
    }
    if !notes.is_empty() {
        list += "\n";
    }
    let response: Map<String, Value> = [(
        definition.name.to_owned(),
        serde_json::from_str(definition.example)?,
    )]
    .into_iter()
    .collect();
    let accepting = Stage::ALL
        .iter()
        .filter(|stage| stage.effects().contains(effect));
    let stages: Vec<_> = accepting
        .map(|stage| format!("[`{stage}`](stages.md#{})", stage.id().to_lowercase()))
        .collect();
    Ok(format!(
        "\n## {name}\n\n{summary}{veto}\n\n{parts}\n{list}```json\n{example}\n```\n\nAccepted at {stages}.\n",
        name = definition.name,
        summary = definition.summary,
        veto = if definition.veto { " **Veto.**" } else { "" },
        parts = parts.into_text(),
        example = serde_json::to_string_pretty(&response)?,
        stages = stages.join(", "),
    ))
}

/// Adds a row for every part below a path, and notes for what does not fit into a row.
fn describe(form: &Form, path: &str, parts: &mut Table, notes: &mut Vec<String>) {
    match form {
        Form::Members { members, rules } => {
            for member in *members {
                member_row(member, path, parts, notes);
            }
            notes.extend(rules.iter().map(|rule| rule_note(rule, path)));
        }
        Form::Map {
            names,
            reserved,
            values,
        } => {
            if *names == Names::Variable {
                notes.push("Names consist of letters, digits, `-` and `_`.".to_owned());
            }
            if !matches!(values, Form::Any) {
                notes.push(format!("Each value must be {}.", values.description()));
            }
            reserved_note(reserved, path, notes);
        }
        Form::List {
            items,
            key,
            reserved,
            ..
        } => {
            let path = format!("{path}[]");
            if let Some(key) = key {
                notes.push(format!("No two of `{path}` have the same `{key}`."));
            }
            reserved_note(reserved, &path, notes);
            match items {
                Form::Members { .. } => describe(items, &path, parts, notes),
                _ => notes.push(format!("Each of `{path}` must be {}.", items.description())),
            }
        }
        Form::OneOf(choices) => {
            let sensitive: Vec<_> = choices
                .iter()
                .filter(|choice| choice.sensitive)
                .map(|choice| code(choice.word))
                .collect();
            if !sensitive.is_empty() {
                notes.push(format!(
                    "A customer's answer is redacted like a password if `{path}` is {} ([confidential values](confidential.md)).",
                    sensitive.join(" or ")
                ));
            }
        }
        _ => {}
    }
}

fn member_row(member: &Member, parent: &str, parts: &mut Table, notes: &mut Vec<String>) {
    let path = format!("{parent}.{}", member.name);
    parts.row(&[
        &code(&path),
        &member.form.description(),
        yes_or_no(member.required),
        member.summary,
    ]);
    describe(&member.form, &path, parts, notes);
}

fn reserved_note(reserved: &Reserved, path: &str, notes: &mut Vec<String>) {
    if reserved.names.is_empty() {
        return;
    }
    let names: Vec<_> = reserved.names.iter().map(|name| code(name)).collect();
    notes.push(format!(
        "Dropped from `{path}`, since each of them {}: {}.",
        reserved.reason,
        names.join(", ")
    ));
}

fn rule_note(rule: &Rule, path: &str) -> String {
    match rule {
        Rule::BelongsTo {
            member,
            other,
            words,
        } => format!(
            "`{path}.{member}` is required if `{other}` is `{}`, and refused otherwise.",
            words.join("` or `")
        ),
        Rule::Excludes { flag, other } => format!(
            "`{path}.{}` cannot be {} when `{}` is {}.",
            flag.0, flag.1, other.0, other.1
        ),
    }
}

fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::GoesOn => "run",
        Ending::Ends => "do not run",
        Ending::Suspends => "run when the host continues",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effect_has_its_row_its_section_and_its_stages() {
        let text = text().unwrap();
        for effect in Effect::ALL {
            let name = effect.as_str();
            let link = format!("\n| [`{name}`](#{}) |", name.to_lowercase());
            assert_eq!(text.matches(&link).count(), 1, "{effect}");
            let begin = text.find(&format!("\n## {name}\n")).unwrap();
            let section = text[begin + 1..].split("\n## ").next().unwrap();
            for stage in Stage::ALL {
                let accepted = stage.effects().contains(effect);
                let link = format!("[`{stage}`](stages.md#");
                assert_eq!(section.contains(&link), accepted, "{effect} {stage}");
            }
        }
        assert!(text.contains("| `profilingSteps[].fields[].validator.minLength` |"));
    }
}
