//! Plugins by words, and what is suggested for a name that none has.

use crate::{
    Library, Plugin,
    search::{search, suggestion},
};

fn plugins() -> Vec<Plugin> {
    Library::embedded().search("")
}

#[test]
fn plugins_are_found_by_what_they_are_about() {
    let plugins = plugins();
    let names = |words: &str| -> Vec<String> {
        let found = search(plugins.clone(), words).into_iter();
        found.map(|plugin| plugin.name).collect()
    };
    assert_eq!(names("slack logins")[0], "slack-feed");
    assert_eq!(names("Contacts in HubSpot")[0], "hubspot-contact-gate");
    assert!(names("").len() > 1);
    // Other forms of a word, and words that say nothing.
    assert_eq!(names("migrate"), names("migration"));
    assert!(names("notify").contains(&"slack-feed".to_owned()));
    assert_eq!(names("to the teams of Microsoft"), ["teams-feed"]);
    assert!(names("zzzz").is_empty());
    // The end of another word is not meant: `rate` is none of migrate.
    assert_eq!(names("rate")[0], "rate-gate");
    assert!(!names("rate").contains(&"account-migration".to_owned()));
    assert_eq!(names("e-mail"), names("email"));
}

#[test]
fn a_name_that_no_plugin_has_leads_to_those_that_are_meant() {
    let plugins = plugins();
    for (unknown, meant) in [
        // By its letters.
        ("slack-fed", &["did you mean `slack-feed`?"][..]),
        ("rolestoclaims", &["did you mean `roles-to-claims`?"]),
        // By the letters of one of its words.
        ("slak", &["`slack-feed`"]),
        (
            "hubspt",
            &["`hubspot-contact-gate`", "`hubspot-profile-sync`"],
        ),
        ("salesfroce-sync", &["`salesforce-profile-sync`"]),
        ("zendsk", &["`zendesk-escalation-ticket`"]),
        // By what it is about.
        ("hubspot", &["`hubspot-contact-gate`"]),
        (
            "crm",
            &["-contact-gate`", "`hookpoint plugins list crm` shows"],
        ),
        ("pwned", &["did you mean `breached-password`?"]),
        (
            "mfa",
            &[
                "`impossible-travel`",
                "`device-risk-step-up`",
                "`hookpoint plugins list mfa` shows",
            ],
        ),
        ("2fa", &["`location-rule`"]),
        ("chat", &["`slack-feed`"]),
        ("geo", &["`impossible-travel`", "`location-rule`"]),
        ("sms", &["did you mean `conversation-survey`?"]),
        ("gdpr", &["`deletion-sync`"]),
        ("pii", &["did you mean `message-guard`?"]),
        ("kyc", &["did you mean `identity-proofing`?"]),
        ("rbac", &["did you mean `roles-to-claims`?"]),
        ("captcha", &["did you mean `device-risk-step-up`?"]),
        ("throttle", &["did you mean `rate-gate`?"]),
        ("newsletter", &["did you mean `consent-sync`?"]),
        ("import-users", &["`account-migration`"]),
        ("datadog-logs", &["`datadog-feed`"]),
        // By nothing.
        ("zzzz", &["`hookpoint plugins list` shows all"]),
        ("", &["`hookpoint plugins list` shows all"]),
        ("q", &["`hookpoint plugins list` shows all"]),
        (
            "login",
            &[", `", "` or `", "`hookpoint plugins list login` shows"],
        ),
        ("../../../etc", &["`hookpoint plugins list` shows all"]),
    ] {
        let help = suggestion(unknown, &plugins);
        for part in meant {
            assert!(help.contains(part), "{unknown}: no {part} in {help}");
        }
    }
    let library = Library::embedded();
    let error = library.find("slak").unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no plugin `slak`; did you mean `slack-feed`?"
    );
    // In the words of the list.
    for name in ["Slack feed", "slack_feed", "SlackFeed"] {
        let found = library.find(name).unwrap().unwrap();
        assert_eq!(found.name, "slack-feed", "{name}");
    }
    let long = library.find(&"a".repeat(65_536)).unwrap_err().to_string();
    assert!(long.len() < 500, "{long}");
}
