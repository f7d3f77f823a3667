//! Resolves conditions and parameters like CloudFormation.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::translation::Parameters;

/// A resolved template.
#[derive(Debug)]
pub(crate) struct Resolution {
    /// Resources by logical id.
    pub(crate) resources: BTreeMap<String, Value>,
    /// Outputs by name.
    pub(crate) outputs: Map<String, Value>,
    /// The descriptions of failed assertions, with which CloudFormation refuses the parameters.
    pub(crate) refusals: Vec<String>,
}

impl Resolution {
    /// The resources of a type, with their logical ids.
    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
    }
}

/// Resolves the conditions of a template.
pub(crate) fn resolve(document: &Value, parameters: &Parameters) -> Resolution {
    let evaluator = Evaluator {
        values: values(document, parameters),
        declared: &document["Parameters"],
        conditions: &document["Conditions"],
    };
    let resources = evaluator.kept(&document["Resources"]);
    let rules = document["Rules"].as_object().into_iter().flatten();
    Resolution {
        resources: resources.into_iter().collect(),
        outputs: evaluator.kept(&document["Outputs"]),
        refusals: rules
            .flat_map(|(_, rule)| evaluator.refusals(rule))
            .collect(),
    }
}

/// The parameters with defaults, as text.
fn values(document: &Value, parameters: &Parameters) -> Parameters {
    let declared = document["Parameters"].as_object().into_iter().flatten();
    let defaults = declared.filter_map(|(name, parameter)| {
        let default = parameter.get("Default")?;
        Some((name.clone(), text(default)))
    });
    defaults.chain(parameters.clone()).collect()
}

/// A value as the text that CloudFormation makes of it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Evaluator<'a> {
    values: Parameters,
    declared: &'a Value,
    conditions: &'a Value,
}

impl Evaluator<'_> {
    /// Entries without a condition, or with a true one.
    fn kept(&self, entries: &Value) -> Map<String, Value> {
        let entries = entries.as_object().into_iter().flatten();
        let kept = entries.filter(|(_, entry)| {
            entry["Condition"]
                .as_str()
                .is_none_or(|name| self.named(name))
        });
        kept.filter_map(|(name, entry)| Some((name.clone(), self.value(entry)?)))
            .collect()
    }

    /// Resolves a value; `None` for `AWS::NoValue`.
    fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Object(object) => self.object(object),
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item));
                Some(items.collect())
            }
            other => Some(other.clone()),
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Option<Value> {
        if let Some(choice) = object.get("Fn::If") {
            let name = choice[0].as_str().unwrap();
            return self.value(&choice[if self.named(name) { 1 } else { 2 }]);
        }
        match object.get("Ref").and_then(Value::as_str) {
            Some("AWS::NoValue") => None,
            Some(name) if self.values.contains_key(name) => Some(self.parameter(name)),
            _ => {
                let members = object.iter();
                let members =
                    members.filter_map(|(name, member)| Some((name.clone(), self.value(member)?)));
                Some(Value::Object(members.collect()))
            }
        }
    }

    /// The value of a parameter. CloudFormation trims the members of a list.
    fn parameter(&self, name: &str) -> Value {
        let value = &self.values[name];
        let kind = self.declared[name]["Type"].as_str().unwrap_or_default();
        if kind == "CommaDelimitedList" {
            value.split(',').map(str::trim).collect()
        } else {
            value.as_str().into()
        }
    }

    fn named(&self, condition: &str) -> bool {
        self.holds(&self.conditions[condition])
    }

    /// Whether a condition is true. Panics on an unknown one.
    fn holds(&self, condition: &Value) -> bool {
        let (function, operands) = only_member(condition);
        match function {
            "Condition" => self.named(operands.as_str().unwrap()),
            "Fn::Equals" => self.operand(&operands[0]) == self.operand(&operands[1]),
            "Fn::Not" => !self.holds(&operands[0]),
            // Only in rules.
            "Fn::EachMemberEquals" => {
                let expected = self.operand(&operands[1]);
                let members = self.operand(&operands[0]);
                members
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|member| *member == expected)
            }
            "Fn::EachMemberIn" => {
                let known = operands[1].as_array().unwrap();
                let members = self.operand(&operands[0]);
                members
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|member| known.contains(member))
            }
            "Fn::And" => operands
                .as_array()
                .unwrap()
                .iter()
                .all(|part| self.holds(part)),
            "Fn::Or" => operands
                .as_array()
                .unwrap()
                .iter()
                .any(|part| self.holds(part)),
            other => panic!("unknown condition `{other}`"),
        }
    }

    /// A text or a list of texts.
    fn operand(&self, operand: &Value) -> Value {
        if let Some(items) = operand.as_array() {
            return items.iter().map(|item| self.operand(item)).collect();
        }
        if !operand.is_object() {
            return text(operand).into();
        }
        let (function, operands) = only_member(operand);
        let part = |index: usize| self.operand(&operands[index]);
        match function {
            "Ref" => self.parameter(operands.as_str().unwrap()),
            "Fn::Join" => {
                let parts: Vec<String> = serde_json::from_value(part(1)).unwrap();
                parts.join(part(0).as_str().unwrap()).into()
            }
            "Fn::Split" => {
                let (separator, whole) = (part(0), part(1));
                let parts = whole.as_str().unwrap().split(separator.as_str().unwrap());
                parts.collect()
            }
            other => panic!("unknown operand `{other}`"),
        }
    }

    fn refusals(&self, rule: &Value) -> Vec<String> {
        let condition = rule.get("RuleCondition");
        if condition.is_some_and(|condition| !self.holds(condition)) {
            return Vec::new();
        }
        let assertions = rule["Assertions"].as_array().unwrap().iter();
        let broken = assertions.filter(|assertion| !self.holds(&assertion["Assert"]));
        broken
            .map(|assertion| text(&assertion["AssertDescription"]))
            .collect()
    }
}

fn only_member(object: &Value) -> (&str, &Value) {
    let object = object.as_object().unwrap();
    assert_eq!(object.len(), 1, "{object:?}");
    let (name, value) = object.iter().next().unwrap();
    (name, value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_decide_what_is_there_and_references_to_parameters_become_values() {
        let document = json!({
            "Parameters": {
                "Mode": {"Default": "off"},
                "Days": {"Default": 7},
                "Subnets": {"Type": "CommaDelimitedList", "Default": ""},
            },
            "Conditions": {
                "On": {"Fn::Equals": [{"Ref": "Mode"}, "on"]},
                "Off": {"Fn::Not": [{"Condition": "On"}]},
                "Placed": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Subnets"}]}, ""]}]},
                "Both": {"Fn::And": [{"Condition": "On"}, {"Condition": "Placed"}]},
            },
            "Rules": {"Complete": {
                "RuleCondition": {"Fn::Equals": [{"Ref": "Mode"}, "on"]},
                "Assertions": [{
                    "Assert": {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": "Subnets"}, ""]}]},
                    "AssertDescription": "on needs subnets",
                }],
            }},
            "Resources": {
                "A": {"Condition": "Both", "Days": {"Ref": "Days"}},
                "B": {
                    "Kept": {"Ref": "A"},
                    "Chosen": [{"Fn::If": ["On", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Off", 2, 3]}],
                    "Gone": {"Fn::If": ["On", 1, {"Ref": "AWS::NoValue"}]},
                },
            },
        });
        let resolution = resolve(&document, &Parameters::new());
        let expected = json!({"B": {"Kept": {"Ref": "A"}, "Chosen": [2]}});
        assert_eq!(json!(resolution.resources), expected);
        assert!(resolution.refusals.is_empty());

        let mut parameters = Parameters::from([("Mode".to_owned(), "on".to_owned())]);
        let resolution = resolve(&document, &parameters);
        assert_eq!(resolution.refusals, ["on needs subnets"]);
        parameters.insert("Subnets".to_owned(), "a,b".to_owned());
        let resolution = resolve(&document, &parameters);
        assert!(resolution.refusals.is_empty());
        assert_eq!(resolution.resources["A"]["Days"], "7");
        assert_eq!(resolution.resources["B"]["Chosen"], json!([1, 3]));
    }
}
