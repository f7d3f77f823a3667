//! How people name a publication: `last`, its id, or the beginning or end of it.

use std::{convert::Infallible, str::FromStr};

use hookpoint_engine::{application::binding::Target, ports::Publisher, publish::PublicationId};

use crate::{id_part, moment};

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
    /// Finds the id among publications, or among those of an application or identity store. A whole id is not looked up; `last` is `None` where nothing is recorded.
    ///
    /// # Errors
    /// A part names none, or several, which the error lists.
    pub(crate) async fn find(
        &self,
        publisher: &dyn Publisher,
        subject: Option<&Target>,
    ) -> anyhow::Result<Option<PublicationId>> {
        match self {
            Self::Id(id) => Ok(Some(*id)),
            Self::Last => {
                let newest = publisher.publications(subject, 1).await?;
                Ok(newest.first().map(|record| record.id))
            }
            Self::Part(part) => Self::by_part(part, publisher, subject).await.map(Some),
        }
    }

    async fn by_part(
        part: &str,
        publisher: &dyn Publisher,
        subject: Option<&Target>,
    ) -> anyhow::Result<PublicationId> {
        id_part::check(part, "publication")?;
        let records = publisher.history(subject, LOOKED_THROUGH).await?;
        let readable = records.iter().flatten();
        let mut ids: Vec<_> = readable.map(|record| record.id).collect();
        ids.dedup();
        let searched = ids.len();
        ids.retain(|id| id_part::matches(part, &id.to_string()));
        id_part::only(part, "publication", searched, ids, |id| {
            format!("{id}  {}", moment::seconds(id.time()))
        })
    }
}
