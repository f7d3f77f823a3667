//! Entries are read back, also by older versions, and stay small.

use super::*;

fn entry(what: &str) -> AuditEntry {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000);
    let by = "arn:aws:sts::123456789012:assumed-role/Größe/ada".to_owned();
    let application = "shop".parse().ok();
    AuditEntry::new(now, by, AuditAction::CreateKey, application, what)
}

#[test]
fn an_entry_is_read_back_with_the_word_of_its_action() {
    let written = entry("key 1");
    let text = written.to_json();
    assert!(text.contains(r#""action":"create-key""#), "{text}");
    assert_eq!(AuditEntry::from_json(&text).unwrap(), written);
    let later = text
        .replace("create-key", "paint-key")
        .replace('}', r#","x":1}"#);
    let read = AuditEntry::from_json(&later).unwrap();
    assert_eq!(read.action, AuditAction::Other);
    let newer = text.replace(r#""v":1"#, r#""v":2"#);
    assert!(AuditEntry::from_json(&newer).unwrap_err().is_newer());
    assert!(AuditEntry::from_json(&text.replace(&written.id.to_string(), "x")).is_err());
}

#[test]
fn every_action_is_stored_as_its_word() {
    for action in [
        AuditAction::CreateKey,
        AuditAction::RevokeKey,
        AuditAction::Pause,
        AuditAction::Resume,
        AuditAction::SetSecret,
        AuditAction::RemoveSecret,
        AuditAction::DeleteHook,
        AuditAction::Replay,
        AuditAction::Redrive,
        AuditAction::DropDeadLetters,
        AuditAction::CancelDelivery,
        AuditAction::RetryDelivery,
        AuditAction::ExportSubject,
    ] {
        let stored = serde_json::to_value(action).unwrap();
        assert_eq!(stored, action.as_str());
    }
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let long = "ü".repeat(LONGEST + 10);
    let cut = entry(&long).what;
    assert_eq!(cut.chars().count(), LONGEST + 1);
    assert!(cut.ends_with('…'));
    assert_eq!(entry("key 1").what, "key 1");
}

#[test]
fn a_filter_knows_the_application_and_the_time() {
    let entry = entry("key 1");
    let all = AuditFilter::default();
    assert!(all.matches(&entry));
    let of = |id: &str| AuditFilter {
        application: id.parse().ok(),
        ..AuditFilter::default()
    };
    assert!(of("shop").matches(&entry) && !of("bot").matches(&entry));
    let since = |time| AuditFilter {
        since: Some(time),
        ..AuditFilter::default()
    };
    assert!(since(entry.id.time()).matches(&entry));
    let later = entry.id.time() + Duration::from_millis(1);
    assert!(!since(later).matches(&entry));
}
