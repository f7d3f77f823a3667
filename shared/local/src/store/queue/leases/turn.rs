//! Whose turn it is.

use rusqlite::{Connection, params};

use super::Terms;

/// The application that was served last.
#[derive(Debug, Default)]
pub(in crate::store) struct Turn {
    last: String,
}

/// An application that has jobs which are due.
struct Candidate {
    application: String,
    /// How many jobs of it are in the hands of workers, with those picked now.
    in_hand: i64,
    /// How many others are served before it when all have the same number.
    rank: usize,
    /// Its jobs that are due, the first at the end.
    due: Vec<i64>,
}

impl Turn {
    /// The jobs to hand out, by their numbers.
    pub(super) fn pick(
        &mut self,
        connection: &Connection,
        terms: &Terms,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut candidates = self.candidates(connection, terms)?;
        // Of more applications than there are jobs asked for, the first ones have one job at least: the others would not be reached.
        candidates.truncate(terms.limit);
        for candidate in &mut candidates {
            candidate.due = due(connection, &candidate.application, terms)?;
        }
        let mut picked = Vec::new();
        while picked.len() < terms.limit {
            let waiting = candidates
                .iter_mut()
                .filter(|candidate| !candidate.due.is_empty());
            let Some(next) = waiting.min_by_key(|candidate| (candidate.in_hand, candidate.rank))
            else {
                break;
            };
            picked.extend(next.due.pop());
            next.in_hand += 1;
            self.last.clone_from(&next.application);
        }
        Ok(picked)
    }

    /// Every application that has a job which is due, the next to be served first.
    fn candidates(
        &self,
        connection: &Connection,
        terms: &Terms,
    ) -> rusqlite::Result<Vec<Candidate>> {
        // The index is asked for one application after another, so that a long queue costs no more than a short one.
        let mut statement = connection.prepare_cached(
            "WITH RECURSIVE waiting (application) AS (
                 SELECT MIN(application) FROM job
                 UNION ALL
                 SELECT (SELECT MIN(application) FROM job WHERE application > waiting.application)
                 FROM waiting WHERE application IS NOT NULL
             )
             SELECT application,
                 (SELECT COUNT(*) FROM job WHERE job.application = waiting.application
                     AND receipt IS NOT NULL AND available > ?1)
             FROM waiting
             WHERE application IS NOT NULL AND EXISTS (
                 SELECT 1 FROM job WHERE job.application = waiting.application AND available <= ?1)",
        )?;
        let rows = statement.query_map([terms.now], |row| {
            Ok(Candidate {
                application: row.get(0)?,
                in_hand: row.get(1)?,
                rank: 0,
                due: Vec::new(),
            })
        })?;
        let mut candidates = rows.collect::<Result<Vec<_>, _>>()?;
        // They come by name: those that follow the last one served are next.
        let following = candidates.partition_point(|candidate| candidate.application <= self.last);
        candidates.rotate_left(following);
        for (rank, candidate) in candidates.iter_mut().enumerate() {
            candidate.rank = rank;
        }
        candidates.sort_by_key(|candidate| (candidate.in_hand, candidate.rank));
        Ok(candidates)
    }
}

fn due(connection: &Connection, application: &str, terms: &Terms) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT number FROM job WHERE application = ?1 AND available <= ?2
         ORDER BY available, number LIMIT ?3",
    )?;
    let rows = statement.query_map(params![application, terms.now, terms.limit], |row| {
        row.get(0)
    })?;
    let mut due = rows.collect::<Result<Vec<_>, _>>()?;
    due.reverse();
    Ok(due)
}
