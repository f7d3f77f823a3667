//! `docs/environment.md`.

use hookpoint_settings as settings;
use hookpoint_settings::Reader;
use hookpoint_settings::Setting;

use crate::markdown::{Table, code};

/// What wins, from the first to the last.
const PRECEDENCE: [[&str; 2]; 8] = [
    [
        "the workspace",
        "`--workspace`; `hookpoint.yaml` in the current folder; the sample, for `dev` and `trigger`",
    ],
    [
        "the store",
        "`--stack`, `--table`; `.hookpoint/` next to the workspace",
    ],
    [
        "the port of `dev`",
        "`--port`; `local.port` of the workspace; 7450",
    ],
    ["the AWS region", "`--region`; `AWS_REGION`; the profile"],
    [
        "the endpoint of AWS",
        "`--endpoint-url`; `AWS_ENDPOINT_URL`; the profile; AWS",
    ],
    [
        "a secret on this machine",
        "the application's own before a shared one: `HOOKPOINT_SECRET_<application>__<Name>`, `<application>/<Name>` in `.hookpoint/secrets.json`, `HOOKPOINT_SECRET_<Name>`, `<Name>` in that file",
    ],
    [
        "a variable of a hook",
        "`--variable` of `try`, `variables` of a case; those of the binding; those of the application",
    ],
    [
        "the bundler",
        "`HOOKPOINT_BUNDLER`; `hookpoint-bundler` next to `hookpoint`",
    ],
];

pub(super) fn text() -> String {
    let mut text = "# Environment

Every variable that Hookpoint reads. If a required variable is missing, or a value cannot be used, a function does not start and names
the variable.
"
    .to_owned();
    let readers = [
        (Reader::Function, "Stage functions and the worker"),
        (Reader::Worker, "Only the worker"),
        (Reader::CommandLine, "Command line"),
    ];
    for (reader, title) in readers {
        text += &format!("\n## {title}\n\n{}", table(reader));
    }
    let mut precedence = Table::new(&["value", "the first that is set wins"]);
    for row in PRECEDENCE {
        precedence.row(&row);
    }
    text += "\n## What wins on the command line\n\nOptions win over the environment, that over files, and those over defaults.\n\n";
    text += &precedence.into_text();
    text
}

fn table(reader: Reader) -> String {
    let mut table = Table::new(&["variable", "meaning", "when unset"]);
    for setting in settings::ALL
        .iter()
        .filter(|setting| setting.reader == reader)
    {
        table.row(&[&code(setting.name), setting.summary, when_absent(setting)]);
    }
    table.into_text()
}

fn when_absent(setting: &Setting) -> &'static str {
    match (setting.required, setting.default) {
        (true, _) => "error at start",
        (false, Some(default)) => default,
        (false, None) => "no effect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_listed_under_its_reader() {
        let text = text();
        for setting in settings::ALL {
            let row = format!("| `{}` | {} |", setting.name, setting.summary);
            assert_eq!(text.matches(&row).count(), 1, "{}", setting.name);
        }
    }
}
