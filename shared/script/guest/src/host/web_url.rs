//! `URL` and `URLSearchParams`, from the crate that egress policy uses too: both read a URL alike.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use rquickjs::{Ctx, Function, Object};
use url::{Url, form_urlencoded, quirks};

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("urlParse", Function::new(ctx.clone(), parse)?)?;
    natives.set("urlSet", Function::new(ctx.clone(), set)?)?;
    natives.set("formParse", Function::new(ctx.clone(), form_parse)?)?;
    natives.set("formSerialize", Function::new(ctx.clone(), form_serialize)?)
}

/// Returns the URL's parts; `None` if it is invalid.
fn parse(text: String, base: Option<String>) -> Option<Vec<String>> {
    let url = match base {
        Some(base) => Url::parse(&base).ok()?.join(&text).ok()?,
        None => Url::parse(&text).ok()?,
    };
    Some(parts(&url))
}

/// Sets a part and returns all; an invalid value changes nothing.
fn set(href: String, part: String, value: String) -> Option<Vec<String>> {
    let mut url = Url::parse(&href).ok()?;
    let url = &mut url;
    // Ignore invalid values, as the setters of `URL` do.
    let _ = match part.as_str() {
        "protocol" => quirks::set_protocol(url, &value),
        "username" => quirks::set_username(url, &value),
        "password" => quirks::set_password(url, &value),
        "host" => quirks::set_host(url, &value),
        "hostname" => quirks::set_hostname(url, &value),
        "port" => quirks::set_port(url, &value),
        "pathname" => {
            quirks::set_pathname(url, &value);
            Ok(())
        }
        "search" => {
            quirks::set_search(url, &value);
            Ok(())
        }
        _ => {
            quirks::set_hash(url, &value);
            Ok(())
        }
    };
    Some(parts(url))
}

/// In the order that the built-in script expects.
fn parts(url: &Url) -> Vec<String> {
    [
        quirks::href(url).to_owned(),
        quirks::origin(url),
        quirks::protocol(url).to_owned(),
        quirks::username(url).to_owned(),
        quirks::password(url).to_owned(),
        quirks::host(url).to_owned(),
        quirks::hostname(url).to_owned(),
        quirks::port(url).to_owned(),
        quirks::pathname(url).to_owned(),
        quirks::search(url).to_owned(),
        quirks::hash(url).to_owned(),
    ]
    .into()
}

/// Names and values, alternating.
fn form_parse(text: String) -> Vec<String> {
    form_urlencoded::parse(text.as_bytes())
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
        .collect()
}

fn form_serialize(names_and_values: Vec<String>) -> String {
    let mut serializer = form_urlencoded::Serializer::new(String::new());
    for pair in names_and_values.chunks_exact(2) {
        serializer.append_pair(&pair[0], &pair[1]);
    }
    serializer.finish()
}
