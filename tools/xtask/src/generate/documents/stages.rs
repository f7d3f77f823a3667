//! `docs/stages.md`.

use hookpoint_stages::{Effect, FailureDefault, ModeRule, Stage, TargetRule, sensitive_names};

use crate::markdown::{Table, code, yes_or_no};

pub(super) fn text() -> anyhow::Result<String> {
    let mut text = format!(
        "# Lifecycle stages

The {count} points at which hooks run. An event is posted to `/v1/applications/{{applicationId}}/stages/{{name}}`, with the id as its
`eventType`.

- **Mode**: whether hooks run before the response (synchronous) or after it (asynchronous), and whether a binding may override that.
- **On failure**: the default policy for a failed synchronous hook. `deny` denies the event.
- **Bound to**: an application, or an identity store (then for every application that uses the store).
- **Effects**: what a response may ask for ([shapes](effects.md)). **Vetoes** are bold: if malformed, or at a stage that does not accept them, they fail the hook. Any other such
  effect is dropped, and the log says so.

",
        count = Stage::ALL.len()
    );
    let mut overview = Table::new(&[
        "stage",
        "name",
        "posted by",
        "mode",
        "on failure",
        "bound to",
        "effects",
    ]);
    for stage in Stage::ALL {
        let definition = stage.definition();
        overview.row(&[
            &format!("[`{}`](#{})", stage.id(), stage.id().to_lowercase()),
            &code(&stage.name()),
            definition.family.as_str(),
            mode(definition.mode),
            failure(definition.failure),
            target(definition.target),
            &effects(*stage),
        ]);
    }
    text += &overview.into_text();
    text += &format!(
        "
## Sensitive members

Synchronous hooks see fields marked *sensitive* and members with a sensitive name in plain text; logs, run records, queued and kept events have
`[redacted]` there ([confidential values](confidential.md)).

{names}
",
        names = sensitive_names(),
    );
    for stage in Stage::ALL {
        text += &section(*stage)?;
    }
    Ok(text)
}

fn section(stage: Stage) -> anyhow::Result<String> {
    let definition = stage.definition();
    let mut facts = Table::new(&["", ""]);
    facts.row(&["name in routes", &code(&stage.name())]);
    facts.row(&["posted by", &format!("{} applications", definition.family)]);
    facts.row(&["mode", mode(definition.mode)]);
    facts.row(&["on failure", failure(definition.failure)]);
    facts.row(&["bound to", target(definition.target)]);
    facts.row(&["effects", &effects(stage)]);
    facts.row(&["a continuation belongs to", &subject(stage)]);
    let mut input = Table::new(&["field", "shape", "required", "what it holds"]);
    for field in stage.fields() {
        let sensitive = if field.sensitive { " (sensitive)" } else { "" };
        input.row(&[
            &code(field.path),
            field.shape.description(),
            yes_or_no(field.required),
            &format!("{}{sensitive}", field.summary),
        ]);
    }
    let example = serde_json::to_string_pretty(&stage.example())?;
    Ok(format!(
        "\n## {id}\n\n**{title}.** {summary}\n\n{facts}\n{input}\n```json\n{example}\n```\n",
        id = stage.id(),
        title = definition.title,
        summary = definition.summary,
        facts = facts.into_text(),
        input = input.into_text(),
    ))
}

fn mode(mode: ModeRule) -> &'static str {
    match mode {
        ModeRule::SynchronousByDefault => "synchronous by default",
        ModeRule::SynchronousOnly => "synchronous only",
        ModeRule::AsynchronousOnly => "asynchronous only",
    }
}

fn failure(failure: FailureDefault) -> &'static str {
    match failure {
        FailureDefault::Continue => "continue",
        FailureDefault::Deny => "deny",
        FailureDefault::NotApplicable => "–",
    }
}

fn target(target: TargetRule) -> &'static str {
    match target {
        TargetRule::ApplicationOrStore => "application or store",
        TargetRule::StoreOnly => "store",
    }
}

fn effects(stage: Stage) -> String {
    if stage.effects().is_empty() {
        return "–".to_owned();
    }
    let name = |effect: Effect| {
        let name = format!(
            "[{}](effects.md#{})",
            code(effect.as_str()),
            effect.as_str().to_lowercase()
        );
        if effect.is_veto() {
            format!("**{name}**")
        } else {
            name
        }
    };
    let names: Vec<_> = stage.effects().iter().map(name).collect();
    let unused = if stage.definition().effects_unused {
        " (accepted, without effect)"
    } else {
        ""
    };
    names.join(", ") + unused
}

fn subject(stage: Stage) -> String {
    let subject = stage.definition().subject;
    let paths: Vec<_> = subject.iter().map(|path| code(path)).collect();
    if stage.effects().iter().any(Effect::suspends) {
        paths.join(", else ")
    } else {
        "– (no effect suspends)".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_row_its_section_and_every_field() {
        let text = text().unwrap();
        for stage in Stage::ALL {
            let link = format!("\n| [`{}`](#{}) |", stage.id(), stage.id().to_lowercase());
            assert_eq!(text.matches(&link).count(), 1, "{stage}");
            let begin = text.find(&format!("\n## {stage}\n")).unwrap();
            let section = text[begin + 1..].split("\n## ").next().unwrap();
            for field in stage.fields() {
                assert!(
                    section.contains(&format!("\n| `{}` |", field.path)),
                    "{stage} {}",
                    field.path
                );
            }
            assert!(section.contains(stage.definition().summary), "{stage}");
        }
    }
}
