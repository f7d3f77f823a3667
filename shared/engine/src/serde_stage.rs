//! Serialises stages by their wire id.

#![expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]

use hookpoint_stages::Stage;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(stage: &Stage, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(stage.id())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Stage, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

/// For fields of type `Option<Stage>`.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Error, Serializer, Stage};

    pub(crate) fn serialize<S: Serializer>(
        stage: &Option<Stage>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match stage {
            Some(stage) => super::serialize(stage, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Stage>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}
