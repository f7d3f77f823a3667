//! Settings for the laptop, as written.

use super::{Text, fields::Fields};
use crate::{
    document::{Node, Spanned},
    problem::Problems,
};

/// The section `local`.
#[derive(Default)]
pub(crate) struct RawLocal {
    pub(crate) port: Option<Spanned<u64>>,
    pub(crate) http_hosts: Vec<Text>,
    pub(crate) networks: Vec<Text>,
}

impl RawLocal {
    pub(super) fn read(node: &Node, problems: &mut Problems<'_>) -> Option<Self> {
        let known = ["port", "allowHttpHosts", "allowNetworks"];
        let fields = Fields::of(node, "`local`", node.place, &known, problems)?;
        Some(Self {
            port: fields.whole_number("port", problems),
            http_hosts: fields.names("allowHttpHosts", problems),
            networks: fields.names("allowNetworks", problems),
        })
    }
}
