//! Searching run records.

use hookpoint_engine::record::{RunFilter, RunId, RunRecord};
use rusqlite::{Connection, ToSql, params_from_iter};

/// The newest records that the filter matches, newest first.
pub(super) fn find(
    connection: &Connection,
    filter: &RunFilter,
    limit: usize,
) -> rusqlite::Result<Vec<RunRecord>> {
    let Query { sql, values } = Query::new(filter);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut records = Vec::new();
    // No SQL limit: an unreadable record would take the place of a readable one.
    while records.len() < limit
        && let Some(row) = rows.next()?
    {
        let body: String = row.get(0)?;
        match RunRecord::from_json(&body) {
            Ok(record) => records.push(record),
            Err(error) => {
                let ulid: String = row.get(1)?;
                tracing::warn!(
                    run.ulid = ulid,
                    %error,
                    "skipped an unreadable run record"
                );
            }
        }
    }
    Ok(records)
}

/// A query with the filter's values as parameters.
pub(super) struct Query {
    pub(super) sql: String,
    pub(super) values: Vec<Box<dyn ToSql>>,
}

impl Query {
    pub(super) fn new(filter: &RunFilter) -> Self {
        let RunFilter {
            application,
            stage,
            hook,
            outcome,
            correlation_id,
            subject,
            since,
        } = filter;
        let from = if subject.is_some() {
            "run_subject"
        } else {
            "run"
        };
        let mut query = Self {
            sql: format!("SELECT body, ulid FROM {from}"),
            values: Vec::new(),
        };
        if let Some(subject) = subject {
            // `CROSS` makes SQLite begin with the few runs about the person.
            query.sql.push_str(" CROSS JOIN run USING (number)");
            query.add("key = ?", subject.as_str().to_owned());
        }
        if let Some(application) = application {
            query.add("application = ?", application.to_string());
        }
        if let Some(stage) = stage {
            query.add("stage = ?", stage.id());
        }
        if let Some(hook) = hook {
            query.add("hook = ?", hook.to_string());
        }
        match outcome.as_deref() {
            None => {}
            Some("ok") => query.add("result = ?", "ok"),
            // SQLite uses the partial index of outcomes other than `ok` only if the query repeats its condition.
            // Nothing fails or is skipped with the outcome `ok`.
            Some(kind @ ("failed" | "skipped")) => {
                query.add("outcome <> 'ok' AND result = ?", kind.to_owned());
            }
            Some(word) => query.add("outcome <> 'ok' AND outcome = ?", word.to_owned()),
        }
        if let Some(correlation) = correlation_id {
            query.add("correlation = ?", correlation.clone());
        }
        if let Some(since) = since {
            query.add("ulid >= ?", RunId::first_ulid_at(*since));
        }
        query
            .sql
            .push_str(" ORDER BY ulid DESC, stage, application");
        query
    }

    fn add(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.sql.push_str(if self.values.is_empty() {
            " WHERE "
        } else {
            " AND "
        });
        self.sql.push_str(condition);
        self.values.push(Box::new(value));
    }
}
