//! References to secrets and variables in the texts of a webhook, and what was probably meant as one.

use std::collections::BTreeSet;

use hookpoint_engine::{hook::template::Template, identifier::SecretName};

use crate::{
    check::secret,
    document::{Place, Spanned},
    problem::Problems,
    raw::Text,
    suggestion,
};

/// How many unknown secrets of a text are reported, and how much that is no reference: each is searched for in the text.
const MOST_REPORTED: usize = 100;
/// How many names in the braces of a text are looked at for misspellings. In other letter case, all are found.
const MOST_MISSPELT: usize = 1_000;

/// Reads a text with its references.
pub(super) fn template(
    text: &Text,
    secrets: &BTreeSet<SecretName>,
    variables: &BTreeSet<&str>,
    problems: &mut Problems<'_>,
) -> Option<Template> {
    let template = match Template::parse(&text.value) {
        Ok(template) => template,
        Err(invalid) => {
            problems.push(
                text.place,
                invalid.to_string(),
                "write `{Name:Secret}`, `{Name:NLX.Secret}` or `{Name:Variable}`",
            );
            return None;
        }
    };
    let unknown: BTreeSet<_> = template.secrets().collect();
    let unknown = unknown.into_iter().filter(|name| !secrets.contains(name));
    for name in unknown.take(MOST_REPORTED) {
        let braces = problems.part_of(text.place, &format!("{{{name}:"));
        let place = if braces == text.place {
            braces
        } else {
            Place {
                column: braces.column + 1,
                width: name.as_str().len(),
                ..braces
            }
        };
        let name = Spanned {
            value: name.to_string(),
            place,
        };
        secret::check_known(&name, secrets, problems);
    }
    let known = Known {
        secrets: secrets.iter().map(SecretName::as_str).collect(),
        variables: variables.iter().copied().collect(),
    };
    let braces = doubtful_braces(&text.value, &known);
    let mut seen = BTreeSet::new();
    for doubtful in braces.into_iter().chain(other_marks(&text.value, &known)) {
        let Doubtful {
            whole,
            message,
            meant,
        } = doubtful;
        // Its second occurrence would be reported at the first.
        if !seen.insert(whole) {
            continue;
        }
        let place = problems.part_of(text.place, whole);
        problems.push(place, message, format!("write `{}`", meant.reference()));
        if let Meant::Secret(name) = meant {
            problems.means(name);
        }
    }
    Some(template)
}

/// The names to which a text may refer.
struct Known<'a> {
    secrets: Vec<&'a str>,
    variables: Vec<&'a str>,
}

/// A part of a text that would be sent as it is written, and is probably not meant to be.
struct Doubtful<'a> {
    whole: &'a str,
    message: String,
    meant: Meant<'a>,
}

enum Meant<'a> {
    Secret(&'a str),
    Variable(&'a str),
    /// A reference as it is written, without what is around it.
    Written(&'a str),
}

impl Meant<'_> {
    fn reference(&self) -> String {
        match self {
            Self::Secret(name) => format!("{{{name}:Secret}}"),
            Self::Variable(name) => format!("{{{name}:Variable}}"),
            Self::Written(inside) => format!("{{{inside}}}"),
        }
    }
}

impl<'a> Known<'a> {
    /// The secret or variable with this name, in whatever letter case.
    fn named(&self, name: &str) -> Option<Meant<'a>> {
        let same = |names: &[&'a str]| {
            let mut names = names.iter().copied();
            names.find(|known| known.eq_ignore_ascii_case(name))
        };
        same(&self.secrets)
            .map(Meant::Secret)
            .or_else(|| same(&self.variables).map(Meant::Variable))
    }

    /// The secret or variable that a misspelt name means.
    fn nearest(&self, name: &str) -> Option<Meant<'a>> {
        let variable = || suggestion::nearest(name, &self.variables).map(Meant::Variable);
        suggestion::nearest(name, &self.secrets)
            .map(Meant::Secret)
            .or_else(variable)
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_".contains(character)
}

fn may_be_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|character| is_of_name(character) || " .".contains(character))
}

/// Braces around something like a name that are no reference or not closed, and references with more than one pair of braces or with a `$`.
fn doubtful_braces<'a>(text: &'a str, known: &Known<'a>) -> Vec<Doubtful<'a>> {
    let mut doubtful = Vec::new();
    let mut after = 0;
    let mut names = 0;
    while doubtful.len() < MOST_REPORTED
        && let Some(found) = text[after..].find('{')
    {
        let open = after + found;
        let depth = text[open..]
            .bytes()
            .take_while(|byte| *byte == b'{')
            .count();
        let (first, rest) = (open + depth, &text[open + depth..]);
        after = first;
        let Some(length) = rest
            .find(['{', '}'])
            .filter(|end| rest[*end..].starts_with('}'))
        else {
            doubtful.extend(unclosed(text, open, rest, known));
            continue;
        };
        let inside = &rest[..length];
        let closing = rest[length..].bytes().take_while(|byte| *byte == b'}');
        let end = first + length + closing.take(depth).count();
        let start = open - usize::from(text[..open].ends_with('$'));
        let whole = &text[start..end];
        let reference = &text[first - 1..=first + length];
        let is_reference = Template::parse(reference).is_ok_and(|read| read.literal().is_none());
        if is_reference && whole != reference {
            doubtful.push(Doubtful {
                whole,
                message: format!(
                    "of `{whole}` only `{reference}` is replaced, and the rest is sent as it is written"
                ),
                meant: Meant::Written(inside),
            });
            continue;
        }
        let name = inside.split(':').next().unwrap_or_default();
        let name = name.trim_matches(|outer: char| outer.is_whitespace() || outer == '$');
        if is_reference || !may_be_name(name) {
            continue;
        }
        names += 1;
        // As in a script, `secrets.Name`, or as `Name.Secret`.
        let meant = name.split('.').find_map(|part| known.named(part.trim()));
        let meant = match meant {
            None if names <= MOST_MISSPELT && !name.contains('.') => known.nearest(name),
            meant => meant,
        };
        doubtful.extend(meant.map(|meant| unreplaced(whole, meant)));
    }
    doubtful
}

/// A known name behind a brace that is not closed.
fn unclosed<'a>(
    text: &'a str,
    open: usize,
    rest: &'a str,
    known: &Known<'a>,
) -> Option<Doubtful<'a>> {
    let length = |text: &str| text.find(|character| !is_of_name(character));
    let end = length(rest).unwrap_or(rest.len());
    let meant = known.named(&rest[..end])?;
    let kind = rest[end..].strip_prefix(':').unwrap_or_default();
    let kind = kind
        .find(|character| !is_of_name(character) && character != '.')
        .unwrap_or(kind.len());
    let end = end + if kind > 0 { kind + 1 } else { 0 };
    let whole = &text[open..text.len() - rest.len() + end];
    Some(Doubtful {
        whole,
        message: format!("`{whole}` has no closing brace, so it would be sent as it is written"),
        meant,
    })
}

/// The name of a secret or variable in the marks of another language.
fn other_marks<'a>(text: &'a str, known: &Known<'a>) -> Vec<Doubtful<'a>> {
    let secrets = known.secrets.iter().map(|name| (*name, true));
    let variables = known.variables.iter().map(|name| (*name, false));
    let marked = secrets.chain(variables).filter_map(|(name, is_secret)| {
        let mut marks = vec![
            format!("%{name}%"),
            format!("<{name}>"),
            format!("$({name})"),
        ];
        if is_secret {
            // The name of a variable may be that of a parameter, such as `$filter`.
            marks.push(format!("${name}"));
        }
        marks.into_iter().find_map(|marked| {
            let start = text.find(&marked)?;
            let end = start + marked.len();
            if marked.ends_with(name) && text[end..].starts_with(is_of_name) {
                return None;
            }
            let meant = if is_secret {
                Meant::Secret(name)
            } else {
                Meant::Variable(name)
            };
            Some(unreplaced(&text[start..end], meant))
        })
    });
    marked.take(MOST_REPORTED).collect()
}

fn unreplaced<'a>(whole: &'a str, meant: Meant<'a>) -> Doubtful<'a> {
    Doubtful {
        whole,
        message: format!("`{whole}` is not a reference, so it would be sent as it is written"),
        meant,
    }
}
