//! `docs/environment.md`.

use hookpoint_settings as settings;
use hookpoint_settings::Reader;
use hookpoint_settings::Setting;

use crate::generate::markdown::{Table, code};

pub(super) fn text() -> String {
    let mut text = "# Environment

Every variable that Hookpoint reads. A function whose required variable is missing, or whose variable has a value that cannot be
used, does not start, and says which one it is.
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
