//! Asks for parameters on a terminal.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use anyhow::bail;
use hookpoint_engine::identifier::ApplicationId;
use hookpoint_plugins::{Manifest, Parameter};

use super::text::wrapped;
use crate::output::{self, BOLD, DIM, WARNING, paint};

/// Whether questions can be asked and answered.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for each parameter that was not given. An empty answer takes the default; one that does not fit, or without which a need of the
/// manifest is not met, is asked for again.
pub(super) fn ask(manifest: &Manifest, given: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let mut all = given.clone();
    for parameter in manifest.parameters.iter().filter(|one| !one.is_secret) {
        if given.contains_key(&parameter.name) {
            continue;
        }
        loop {
            all.insert(parameter.name.clone(), answer(parameter)?);
            let value_of = |name: &str| all.get(name).map_or("", String::as_str);
            let mut needs = manifest.needs.iter();
            // Once all of its parameters were asked for.
            let unmet = needs
                .find(|need| need.any_of.last() == Some(&parameter.name) && !need.is_met(value_of));
            match unmet {
                Some(need) => output::remark(WARNING, &format!("  {need}"))?,
                None => break,
            }
        }
    }
    *given = all;
    Ok(())
}

fn answer(parameter: &Parameter) -> anyhow::Result<String> {
    output::note(&paint(BOLD, &parameter.name))?;
    let help = format!("{} Takes {}.", parameter.help, parameter.kind.description());
    output::note(&wrapped(&output::printable(&help), "  ", 2))?;
    let default = parameter
        .default
        .as_deref()
        .filter(|default| !default.is_empty());
    let hint = match (default, &parameter.example) {
        (Some(default), _) => format!("[{default}] "),
        (None, Some(example)) => format!("(such as {example}) "),
        (None, None) => String::new(),
    };
    loop {
        let line = line(&format!("  {}> ", paint(DIM, &output::printable(&hint))))?;
        let value = match (line.trim(), default) {
            ("", Some(default)) => default,
            (typed, _) => typed,
        };
        match parameter.check(value) {
            Ok(value) => return Ok(value),
            Err(_) if value.is_empty() => output::remark(WARNING, "  it needs a value")?,
            Err(wanted) => output::remark(WARNING, &format!("  it must be {wanted}"))?,
        }
    }
}

/// Asks for an application: one of these, or any id if there are none.
pub(super) fn application(known: &[&str], default: &str, hint: &str) -> anyhow::Result<String> {
    output::note(&paint(BOLD, "Application"))?;
    output::note(&wrapped(
        &output::printable(&format!("Where the hooks run: {hint}.")),
        "  ",
        2,
    ))?;
    loop {
        let line = line(&format!("  {}> ", paint(DIM, &format!("[{default}] "))))?;
        let id = match line.trim() {
            "" => default,
            typed => typed,
        };
        match id.parse::<ApplicationId>() {
            Ok(_) if known.is_empty() || known.contains(&id) => return Ok(id.to_owned()),
            Ok(_) => output::remark(WARNING, &format!("  there is none of this name: {hint}"))?,
            Err(error) => output::remark(WARNING, &format!("  {error}"))?,
        }
    }
}

/// Asks a question that `y` or `yes` confirms.
pub(super) fn confirm(question: &str) -> anyhow::Result<bool> {
    let answer = line(&format!("{question} [y/N] "))?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn line(prompt: &str) -> anyhow::Result<String> {
    let mut stream = anstream::stderr().lock();
    write!(stream, "{prompt}")?;
    stream.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        bail!("the input ended; nothing was added");
    }
    Ok(answer)
}
