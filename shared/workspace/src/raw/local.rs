//! The syntax of the section `local`.

use super::{Text, fields::Fields};
use crate::{
    document::{Node, NodeValue, Spanned},
    problem::Problems,
};

/// The section `local`.
#[derive(Default)]
pub(crate) struct RawLocal {
    pub(crate) port: Option<Spanned<u64>>,
    pub(crate) allow: Vec<Text>,
    pub(crate) http_hosts: Vec<Text>,
    pub(crate) networks: Vec<Text>,
    /// Files with certificates in PEM format.
    pub(crate) authorities: Vec<Text>,
    pub(crate) deliveries_at_once: Option<Spanned<u64>>,
}

impl RawLocal {
    pub(super) fn read(node: &Node, problems: &mut Problems<'_>) -> Option<Self> {
        let known = [
            "port",
            "allow",
            "allowHttpHosts",
            "allowNetworks",
            "trustCa",
            "deliveriesAtOnce",
        ];
        let fields = Fields::of(node, "`local`", node.place, &known, problems)?;
        Some(Self {
            port: fields.whole_number("port", problems),
            allow: fields.names("allow", problems),
            http_hosts: fields.names("allowHttpHosts", problems),
            networks: fields.names("allowNetworks", problems),
            authorities: Self::read_authorities(&fields, problems),
            deliveries_at_once: fields.whole_number("deliveriesAtOnce", problems),
        })
    }

    /// Text is the only file.
    fn read_authorities(fields: &Fields<'_>, problems: &mut Problems<'_>) -> Vec<Text> {
        let key = "trustCa";
        match fields.entry(key).map(|entry| &entry.node.value) {
            Some(NodeValue::Text(_)) => fields.text(key, problems).into_iter().collect(),
            _ => fields.names(key, problems),
        }
    }
}
