//! The shape of each effect. What comes out holds known members only.

use hookpoint_stages::Effect;
use serde_json::{Map, Value};
use url::Url;

use super::{Dropped, profiling, shown};

/// Context variables that belong to the platform (NLX lifecycle hooks, "API spec").
const RESERVED_CONTEXT: [&str; 9] = [
    "botId",
    "channelType",
    "channelId",
    "conversationId",
    "languageCode",
    "userId",
    "lastUtterance",
    "intentId",
    "request",
];
/// Claims that only the issuer may set (RFC 7519, section 4.1; OpenID Connect Core, section 2).
const ISSUER_CLAIMS: [&str; 9] = [
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp",
];
/// The longest URL, in bytes.
const URL_LIMIT: usize = 8_192;
/// The most items of a list.
const LIST_LIMIT: usize = 1_000;
/// The longest label of a field, in characters: a `static` one may hold whole terms of use.
const LABEL_LIMIT: usize = 10_000;
/// The longest message or description, in characters.
const MESSAGE_LIMIT: usize = 1_000;

/// The checked value of an effect. Parts that can be left out without weakening the rest go to `dropped`.
pub(super) fn check(
    effect: Effect,
    value: &Value,
    dropped: &mut Vec<Dropped>,
) -> Result<Value, Dropped> {
    let name = effect.as_str();
    match effect {
        Effect::Context => Ok(context(object(name, value)?, dropped)),
        Effect::Attributes | Effect::Session => {
            object(name, value).map(|members| Value::Object(members.clone()))
        }
        Effect::AdditionalAuthenticators => each_object(name, value, |path, item| {
            let mut checked = Members::new(path, item, dropped);
            checked
                .one_of("type", &["email", "phone"])?
                .text("target")?;
            Ok(checked.finish(&["type", "target"]))
        }),
        Effect::Deny => {
            let mut checked = Members::new(name, object(name, value)?, dropped);
            checked.text("error")?.optional_text("description")?;
            Ok(checked.finish(&["error", "description"]))
        }
        Effect::ShowError => {
            let mut checked = Members::new(name, object(name, value)?, dropped);
            checked.text("message")?;
            Ok(checked.finish(&["message"]))
        }
        Effect::Redirect => {
            let mut checked = Members::new(name, object(name, value)?, dropped);
            https("redirect.url", checked.given.get("url"))?;
            Ok(checked.finish(&["url"]))
        }
        Effect::ProfilingSteps => profiling::check(value, dropped),
        Effect::Claims => claims(object(name, value)?, dropped),
        Effect::Scopes => {
            let mut checked = Members::new(name, object(name, value)?, dropped);
            checked.optional_tokens("add")?.optional_tokens("remove")?;
            Ok(checked.finish(&["add", "remove"]))
        }
        Effect::Authentication => {
            let mut checked = Members::new(name, object(name, value)?, dropped);
            checked
                .optional_flag("allowRememberedAuthenticators")?
                .optional_tokens("authenticatorsToIgnore")?
                .optional_flag("skipPassword")?;
            Ok(checked.finish(&[
                "allowRememberedAuthenticators",
                "authenticatorsToIgnore",
                "skipPassword",
            ]))
        }
        Effect::Password => password(object(name, value)?, dropped),
        Effect::EnrollmentPlan => each_object(name, value, |path, item| {
            let mut checked = Members::new(path, item, dropped);
            checked.text("type")?.flag("required")?;
            Ok(checked.finish(&["type", "required"]))
        }),
        Effect::NextStep => match value.as_str() {
            Some("reidentify" | "register") => Ok(value.clone()),
            _ => Err(problem(name, "must be `reidentify` or `register`")),
        },
        Effect::Skip => match value {
            Value::Bool(true) => Ok(Value::Bool(true)),
            _ => Err(problem(name, "must be true")),
        },
    }
}

fn context(variables: &Map<String, Value>, dropped: &mut Vec<Dropped>) -> Value {
    let mut kept = Map::new();
    for (name, value) in variables {
        let well_named = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let reason = if !well_named {
            "is not a variable name: use letters, digits, `-` and `_`"
        } else if RESERVED_CONTEXT.contains(&name.as_str()) {
            "is reserved for the platform"
        } else if !(value.is_string() || value.is_number() || value.is_boolean()) {
            "must be a string, a number or a boolean"
        } else {
            kept.insert(name.clone(), value.clone());
            continue;
        };
        dropped.push(problem(format!("context.{}", shown(name)), reason));
    }
    Value::Object(kept)
}

fn claims(members: &Map<String, Value>, dropped: &mut Vec<Dropped>) -> Result<Value, Dropped> {
    let mut checked = Members::new("claims", members, dropped);
    checked.optional_object("set")?.optional_tokens("remove")?;
    let mut value = checked.finish(&["set", "remove"]);
    if let Some(Value::Object(set)) = value.get_mut("set") {
        for claim in ISSUER_CLAIMS {
            if set.shift_remove(claim).is_some() {
                dropped.push(problem(
                    format!("claims.set.{claim}"),
                    "may only be set by the issuer",
                ));
            }
        }
    }
    if let Some(Value::Array(remove)) = value.get_mut("remove") {
        remove.retain(|claim| {
            let kept = !ISSUER_CLAIMS.iter().any(|issuer| claim == issuer);
            if !kept {
                dropped.push(problem(
                    "claims.remove",
                    format!("names {claim}, which only the issuer may remove"),
                ));
            }
            kept
        });
    }
    Ok(value)
}

fn password(members: &Map<String, Value>, dropped: &mut Vec<Dropped>) -> Result<Value, Dropped> {
    let mut checked = Members::new("password", members, dropped);
    checked.flag("valid")?.optional_flag("migrate")?;
    let value = checked.finish(&["valid", "migrate"]);
    if value["valid"] == false && value["migrate"] == true {
        return Err(problem(
            "password.migrate",
            "cannot be true when `valid` is false",
        ));
    }
    Ok(value)
}

/// A URL that means the same to every reader: what a parser would repair (white space, line breaks, missing slashes) is refused,
/// because it goes out as it came.
fn https(path: &str, url: Option<&Value>) -> Result<(), Dropped> {
    let text = url.and_then(Value::as_str).unwrap_or_default();
    let plain = text.len() <= URL_LIMIT
        && text.starts_with("https://")
        && !text.chars().any(|character| {
            character.is_control() || character.is_whitespace() || "\\\"<>^`{|}".contains(character)
        });
    let parsed = Url::parse(text).ok().filter(|_| plain);
    match parsed {
        Some(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => {
            Ok(())
        }
        _ => Err(problem(
            path,
            "must be an absolute https URL of at most 8192 characters, without credentials and white space",
        )),
    }
}

pub(super) fn problem(path: impl Into<String>, reason: impl Into<String>) -> Dropped {
    Dropped {
        path: path.into(),
        reason: reason.into(),
    }
}

pub(super) fn object<'a>(path: &str, value: &'a Value) -> Result<&'a Map<String, Value>, Dropped> {
    value
        .as_object()
        .ok_or_else(|| problem(path, "must be an object"))
}

fn each_object(
    path: &str,
    value: &Value,
    mut check: impl FnMut(&str, &Map<String, Value>) -> Result<Value, Dropped>,
) -> Result<Value, Dropped> {
    let items = value
        .as_array()
        .filter(|items| items.len() <= LIST_LIMIT)
        .ok_or_else(|| problem(path, "must be an array of at most 1000 objects"))?;
    let mut checked = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        checked.push(check(&path, object(&path, item)?)?);
    }
    Ok(Value::Array(checked))
}

/// The members of one object, checked one by one; what is not asked for is left out and reported by [`Members::finish`].
pub(super) struct Members<'a> {
    path: String,
    given: &'a Map<String, Value>,
    dropped: &'a mut Vec<Dropped>,
}

impl<'a> Members<'a> {
    pub(super) fn new(
        path: &str,
        members: &'a Map<String, Value>,
        dropped: &'a mut Vec<Dropped>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            given: members,
            dropped,
        }
    }

    fn check(
        &mut self,
        name: &str,
        required: bool,
        rule: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<&mut Self, Dropped> {
        match self.given.get(name) {
            Some(value) if !value.is_null() => {
                if holds(value) {
                    Ok(self)
                } else {
                    Err(problem(format!("{}.{name}", self.path), rule))
                }
            }
            _ if required => Err(problem(format!("{}.{name}", self.path), "is missing")),
            _ => Ok(self),
        }
    }

    /// Plain text: no control characters but line breaks and tabs.
    pub(super) fn text(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, true, TEXT_RULE, |value| is_text(value, MESSAGE_LIMIT))
    }

    pub(super) fn label(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        let rule = "must be plain text of 1 to 10000 characters";
        self.check(name, true, rule, |value| is_text(value, LABEL_LIMIT))
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, false, TEXT_RULE, |value| {
            is_text(value, MESSAGE_LIMIT)
        })
    }

    pub(super) fn one_of(&mut self, name: &str, words: &[&str]) -> Result<&mut Self, Dropped> {
        let rule = format!("must be one of `{}`", words.join("`, `"));
        self.check(name, true, &rule, |value| {
            value.as_str().is_some_and(|text| words.contains(&text))
        })
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, true, "must be true or false", Value::is_boolean)
    }

    pub(super) fn optional_flag(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, false, "must be true or false", Value::is_boolean)
    }

    pub(super) fn optional_count(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, false, "must be a whole number from 0", Value::is_u64)
    }

    fn optional_object(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        self.check(name, false, "must be an object", Value::is_object)
    }

    /// Words without white space: scopes, claim names, authenticators.
    fn optional_tokens(&mut self, name: &str) -> Result<&mut Self, Dropped> {
        let is_token = |item: &Value| {
            item.as_str()
                .is_some_and(|text| !text.is_empty() && !text.contains(char::is_whitespace))
        };
        self.check(
            name,
            false,
            "must be an array of at most 1000 words",
            |value| {
                value
                    .as_array()
                    .is_some_and(|items| items.len() <= LIST_LIMIT && items.iter().all(is_token))
            },
        )
    }

    /// The known members that are there; any other is reported.
    pub(super) fn finish(&mut self, known: &[&str]) -> Value {
        let mut kept = Map::new();
        for (name, value) in self.given.iter().filter(|(_, value)| !value.is_null()) {
            if known.contains(&name.as_str()) {
                kept.insert(name.clone(), value.clone());
            } else {
                self.dropped.push(problem(
                    format!("{}.{}", self.path, shown(name)),
                    "is not known here",
                ));
            }
        }
        Value::Object(kept)
    }
}

const TEXT_RULE: &str = "must be plain text of 1 to 1000 characters";

fn is_text(value: &Value, limit: usize) -> bool {
    value.as_str().is_some_and(|text| {
        !text.trim().is_empty()
            && text.chars().take(limit + 1).count() <= limit
            && !text
                .chars()
                .any(|character| character.is_control() && !matches!(character, '\n' | '\t'))
    })
}
