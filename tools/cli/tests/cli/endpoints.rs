//! Tests of `hookpoint endpoints`.

use crate::folder::Folder;

#[test]
fn every_template_that_is_listed_can_be_shown_and_is_cloudformation() {
    let folder = Folder::new();
    let list = folder.json(&["endpoints", "list", "--json"]);
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 6);
    let table = folder.ok(&["endpoints", "list"]);
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for template in list {
        let name = template["name"].as_str().unwrap();
        let description = template["description"].as_str().unwrap();
        let (_, outcome) = description.split_once(" and ").unwrap();
        assert!(table.contains(outcome), "{table}");
        let text = folder.ok(&["endpoints", "show", name]);
        assert!(text.contains("\nAWSTemplateFormatVersion:"), "{name}");
        assert!(text.contains("\nOutputs:"), "{name}");
    }
    let error = folder.refused(&["endpoints", "show", "endpoint-nod"]);
    assert!(error.contains("endpoint-node"), "{error}");
}
