//! `hookpoint audit`: who changed what.

use std::time::SystemTime;

use clap::Args;
use hookpoint_engine::{audit::AuditFilter, identifier::ApplicationId};
use hookpoint_operator::{Audited, audit_trail};
use serde_json::{Value, json};

use super::applications::refuse_unknown;
use crate::{
    context::Context,
    exit::Exit,
    moment::{self, Since},
    output::{self, Cell, DIM, Table},
    store::StoreArguments,
};

/// Help on what is recorded.
pub(crate) const RECORDED: &str = "\
Publications are recorded with what they change and kept forever; `hookpoint publications show ID` has the details. Everything else is kept \
for 400 days. An entry of a secret, a replay, a dead letter or a delivery is written before the change: one that then failed has an entry \
too. `dev`, `trigger` and `smoke` leave none. An entry that cannot be read is listed as `unreadable`.";

/// Filters and output options.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what concerns an application
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Only since a time: `30d` ago, or `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment::since)]
    since: Option<Since>,

    /// How many, the newest first
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Audit {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let filter = AuditFilter {
            application: self.application.clone(),
            since: self.since.map(|since| since.moment(SystemTime::now())),
        };
        let (publisher, log) = (store.publisher(), store.audit());
        let limit = self.limit.into();
        let trail = audit_trail(publisher.as_ref(), log.as_ref(), &filter, limit).await?;
        if trail.is_empty() {
            refuse_unknown(publisher.as_ref(), self.application.as_ref()).await?;
        }
        if self.json {
            output::print_json(&trail.iter().map(to_json).collect())?;
        } else if trail.is_empty() {
            output::say("nothing is recorded")?;
        } else {
            output::print(&render(&trail))?;
        }
        Ok(Exit::Done)
    }
}

fn render(trail: &[Audited]) -> String {
    let mut table =
        Table::new(["time", "by", "action", "application", "what"]).with_remarks_in_rows();
    for one in trail {
        table.push([
            or_dash(one.time().map(moment::seconds)),
            or_dash(one.by().map(short_identity)),
            Cell::text(one.action()),
            or_dash(one.application().map(ApplicationId::as_str)),
            Cell::text(one.what()),
        ]);
    }
    table.render()
}

pub(crate) fn or_dash(text: Option<impl Into<String>>) -> Cell {
    text.map_or_else(|| Cell::styled(DIM, "–"), |text| Cell::text(text.into()))
}

fn to_json(one: &Audited) -> Value {
    let publication = match one {
        Audited::Publication(record) => Some(record.id),
        Audited::Entry(_) | Audited::Unreadable(_) => None,
    };
    json!({
        "id": one.id(),
        "time": one.time().map(moment::milliseconds),
        "by": one.by(),
        "action": one.action(),
        "application": one.application(),
        "what": one.what(),
        "publication": publication,
    })
}

/// The end of an ARN, which is who it is.
pub(crate) fn short_identity(by: &str) -> &str {
    let end = by.rsplit(':').next().unwrap_or(by);
    if by.starts_with("arn:") { end } else { by }
}
