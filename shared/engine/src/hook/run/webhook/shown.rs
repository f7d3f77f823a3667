//! Describes a failed endpoint to the operator: its host, and the beginning of its response.

use url::Url;

use crate::{
    confidential::redaction::{Redaction, beginning, one_line},
    hook::{outcome::HookFailure, template::Template},
    ports::WebhookReply,
};

/// Maximum length of the response excerpt, in characters.
const SHOWN: usize = 200;
/// Maximum length of a header value, in characters.
const HEADER_SHOWN: usize = 100;
/// How much of a response is searched for secrets before it is cut, in bytes. A secret has at most 64 KB, so one that
/// begins in the excerpt ends within this.
const LOOKED_THROUGH: usize = 66 * 1024;

/// An endpoint's host, if it is not a secret.
pub(super) struct Shown {
    host: Option<String>,
}

impl Shown {
    /// The host and port, if the hook's author wrote them literally; otherwise they may come from a secret.
    pub(super) fn of(template: &Template) -> Self {
        // A reference in the host makes the template an invalid URL, since a host cannot contain braces.
        let url = Url::parse(&template.to_string()).ok();
        let host = url.and_then(|url| {
            let host = url.host_str()?;
            Some(match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            })
        });
        Self { host }
    }

    /// Prefixes a failure without a response with the host.
    pub(super) fn name_host(&self, failure: HookFailure) -> HookFailure {
        match &self.host {
            Some(host) => HookFailure {
                message: format!("`{host}`: {}", failure.message),
                ..failure
            },
            None => failure,
        }
    }

    /// The problem, if any, followed by the endpoint's response.
    pub(super) fn with_response(
        &self,
        what: &str,
        reply: &WebhookReply,
        redaction: &Redaction,
    ) -> String {
        let what = match what {
            "" => String::new(),
            what => format!("{what}; "),
        };
        let who = match &self.host {
            Some(host) => format!("`{host}`"),
            None => "the endpoint".to_owned(),
        };
        let content_type = match &reply.content_type {
            Some(text) => {
                let text = one_line(&redaction.apply(text.clone()));
                format!(", `{}`", beginning(&text, HEADER_SHOWN))
            }
            None => String::new(),
        };
        let text = match reply.coding() {
            None => excerpt(&reply.body, redaction),
            // Compressed bytes are unreadable.
            Some(_) => String::new(),
        };
        let text = match &*text {
            "" => text,
            text => format!(": `{text}`"),
        };
        format!(
            "{what}{who} returned status {}{content_type}{text}",
            reply.status
        )
    }
}

/// The beginning of a body on one line. Secrets are replaced before it is cut, so that no part of one remains.
fn excerpt(body: &[u8], redaction: &Redaction) -> String {
    let looked_through = &body[..body.len().min(LOOKED_THROUGH)];
    let text = String::from_utf8_lossy(looked_through.trim_ascii());
    beginning(&one_line(&redaction.apply(text.into_owned())), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{confidential::secret::Secret, hook::outcome::FailureClass};

    fn shown(template: &str) -> Shown {
        Shown::of(&Template::parse(template).unwrap())
    }

    fn reply(content_type: Option<&str>, body: &str) -> WebhookReply {
        WebhookReply {
            status: 502,
            content_type: content_type.map(str::to_owned),
            body: body.as_bytes().to_vec(),
            ..WebhookReply::default()
        }
    }

    fn nothing() -> Redaction {
        Redaction::new([])
    }

    #[test]
    fn the_host_is_named_only_where_it_stands_in_the_open() {
        for (template, host) in [
            (
                "https://api.example.com/v1/{Token:Secret}",
                Some("api.example.com"),
            ),
            (
                "https://API.example.com:8443/?key={Token:Secret}",
                Some("api.example.com:8443"),
            ),
            ("http://[2001:db8::1]:9000/", Some("[2001:db8::1]:9000")),
            ("https://{Tenant:Secret}.example.com/", None),
            ("https://{Tenant:Variable}.example.com/", None),
            ("{Endpoint:NLX.Secret}", None),
        ] {
            assert_eq!(shown(template).host.as_deref(), host, "{template}");
        }
        let failure = || HookFailure::new(FailureClass::Connection, "it broke");
        let named = shown("https://api.example.com/").name_host(failure());
        assert_eq!(named.message, "`api.example.com`: it broke");
        let hidden = shown("{Endpoint:Secret}").name_host(failure());
        assert_eq!(hidden.message, "it broke");
    }

    #[test]
    fn a_response_is_shown_by_status_content_type_and_its_beginning() {
        let api = shown("https://api.example.com/");
        for (reply, message) in [
            (reply(None, ""), "`api.example.com` returned status 502"),
            (
                reply(Some("text/html"), "\n<h1>Bad\u{1b}[2J\ngateway</h1>\n"),
                "`api.example.com` returned status 502, `text/html`: `<h1>Bad\u{fffd}[2J · gateway</h1>`",
            ),
            (
                WebhookReply {
                    content_encoding: Some("gzip".to_owned()),
                    ..reply(Some("text/html"), "\u{1f}\u{fffd}")
                },
                "`api.example.com` returned status 502, `text/html`",
            ),
        ] {
            assert_eq!(api.with_response("", &reply, &nothing()), message);
        }
        let long = api.with_response("it is odd", &reply(None, &"é".repeat(300)), &nothing());
        let cut = format!(
            "it is odd; `api.example.com` returned status 502: `{}…`",
            "é".repeat(200)
        );
        assert_eq!(long, cut);
        let binary = WebhookReply {
            body: vec![0xff, 0xfe, b'x'],
            ..reply(None, "")
        };
        assert!(
            api.with_response("", &binary, &nothing())
                .ends_with(": `\u{fffd}\u{fffd}x`")
        );
    }

    #[test]
    fn a_secret_in_a_response_is_hidden_even_where_the_cut_goes_through_it() {
        let secret = Secret::new("s3cr3t-".repeat(1000));
        let redaction = Redaction::new([&secret]);
        let api = shown("{Endpoint:Secret}");
        for before in [0, 10, 190, 198, 199, 200, 300] {
            let body = format!("{}{}", "x".repeat(before), secret.expose());
            let message = api.with_response("", &reply(Some(secret.expose()), &body), &redaction);
            assert!(!message.contains("s3c"), "{before}: {message}");
        }
    }
}
