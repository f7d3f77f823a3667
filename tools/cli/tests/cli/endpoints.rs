//! Tests of `hookpoint endpoints`.

use crate::folder::Folder;

#[test]
fn every_template_that_is_listed_can_be_shown_and_is_cloudformation() {
    let folder = Folder::new();
    let list = folder.json(&["endpoints", "list", "--json"]);
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 6);
    let table = folder.ok(&["endpoints", "list"]);
    for template in list {
        let name = template["name"].as_str().unwrap();
        assert!(table.contains(template["description"].as_str().unwrap()));
        let text = folder.ok(&["endpoints", "show", name]);
        assert!(text.contains("\nAWSTemplateFormatVersion:"), "{name}");
        assert!(text.contains("\nOutputs:"), "{name}");
    }
    let error = folder.refused(&["endpoints", "show", "endpoint-nod"]);
    assert!(error.contains("endpoint-node"), "{error}");
}
