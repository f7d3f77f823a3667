//! How people name a publication: `last`, its id, or the beginning or end of it.

use std::{convert::Infallible, str::FromStr};

use anyhow::bail;
use hookpoint_engine::{ports::Publisher, publish::PublicationId};

use crate::{
    id_part::{self, SHORT},
    moment,
};

/// How many publications are looked through for a part of an id, the newest first.
const LOOKED_THROUGH: usize = 1_000;

/// A publication, as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicationName {
    /// The newest.
    Last,
    /// The one with this id.
    Id(PublicationId),
    /// The one whose id begins or ends like this.
    Part(String),
}

impl FromStr for PublicationName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.to_uppercase().parse() {
            Ok(id) => Self::Id(id),
            Err(_) if text == "last" => Self::Last,
            Err(_) => Self::Part(text.to_owned()),
        })
    }
}

impl PublicationName {
    /// Finds the id. A whole id is not looked up; `last` is `None` where nothing is recorded.
    ///
    /// # Errors
    /// A part names none, or several, which the error lists.
    pub(crate) async fn find(
        &self,
        publisher: &dyn Publisher,
    ) -> anyhow::Result<Option<PublicationId>> {
        match self {
            Self::Id(id) => Ok(Some(*id)),
            Self::Last => {
                let newest = publisher.publications(None, 1).await?;
                Ok(newest.first().map(|record| record.id))
            }
            Self::Part(part) => Self::by_part(part, publisher).await.map(Some),
        }
    }

    async fn by_part(part: &str, publisher: &dyn Publisher) -> anyhow::Result<PublicationId> {
        let shown = id_part::shown(part);
        if part.len() < SHORT {
            bail!(
                "`{shown}` is too short to name a publication; write at least {SHORT} characters of its id, or `last`"
            );
        }
        let records = publisher.publications(None, LOOKED_THROUGH).await?;
        let mut ids: Vec<_> = records.iter().map(|record| record.id).collect();
        ids.dedup();
        let searched = ids.len();
        ids.retain(|id| id_part::matches(part, &id.to_string()));
        match &ids[..] {
            [one] => Ok(*one),
            [] => bail!(
                "`{shown}` is not a publication id, nor the beginning or end of one (looked at the newest {searched}); `hookpoint publications list` shows ids, and `last` is the newest"
            ),
            several => {
                let lines = several
                    .iter()
                    .map(|id| format!("{id}  {}", moment::seconds(id.time())));
                bail!(
                    "`{shown}` names {} publications; write more of the id:\n{}",
                    several.len(),
                    id_part::candidates(&lines.collect::<Vec<_>>())
                )
            }
        }
    }
}
