//! Whose turn it is in the queue.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::Terms;

/// How many places a lane, or an application, may take for each free one. With four, an endpoint without competition
/// gets four fifths of all places, and some stay free for newcomers however many slow ones there are.
const SHARE: i64 = 4;

/// The lane that was served last.
#[derive(Debug, Default)]
pub(in crate::store) struct Turn {
    last: String,
}

/// An application with due jobs.
#[derive(Default)]
struct Candidate {
    /// How many of its jobs are leased, including those picked now.
    in_hand: i64,
    /// Its lanes with due jobs, the next to be served first.
    lanes: Vec<Lane>,
}

/// The deliveries to one hook of an application.
struct Lane {
    name: String,
    /// How many of its jobs are leased, including those picked now.
    in_hand: i64,
    /// Its due jobs, the first at the end; read when it is served.
    due: Option<Vec<i64>>,
}

/// The application of a lane.
fn application(lane: &str) -> &str {
    lane.split_once('/')
        .map_or(lane, |(application, _)| application)
}

impl Turn {
    /// The jobs to hand out, by their numbers.
    pub(super) fn pick(
        &mut self,
        connection: &Connection,
        terms: &Terms,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut candidates = self.candidates(connection, terms)?;
        let mut picked = Vec::new();
        while picked.len() < terms.limit {
            let free = i64::try_from(terms.limit - picked.len()).unwrap_or(i64::MAX);
            let most = if terms.shares {
                free.saturating_mul(SHARE)
            } else {
                i64::MAX
            };
            // Among equals the first, whose turn it is.
            let next = candidates
                .iter_mut()
                .filter(|candidate| candidate.in_hand < most)
                .filter_map(|candidate| {
                    let lanes = candidate.lanes.iter().enumerate();
                    let open = lanes.filter(|(_, lane)| lane.in_hand < most);
                    let (index, _) = open.min_by_key(|(_, lane)| lane.in_hand)?;
                    Some((candidate, index))
                })
                .min_by_key(|(candidate, _)| candidate.in_hand);
            let Some((candidate, index)) = next else {
                break;
            };
            let lane = &mut candidate.lanes[index];
            if lane.due.is_none() {
                lane.due = Some(due(connection, &lane.name, terms)?);
            }
            if let Some(number) = lane.due.as_mut().and_then(Vec::pop) {
                picked.push(number);
                lane.in_hand += 1;
                candidate.in_hand += 1;
                self.last.clone_from(&lane.name);
            } else {
                candidate.lanes.remove(index);
            }
        }
        Ok(picked)
    }

    /// Every application with a due job, the next to be served first.
    fn candidates(
        &self,
        connection: &Connection,
        terms: &Terms,
    ) -> rusqlite::Result<Vec<Candidate>> {
        let in_hand = in_hand(connection, terms)?;
        // The index is queried lane by lane, so that a long queue costs no more than a short one.
        let mut statement = connection.prepare_cached(
            "WITH RECURSIVE waiting (lane) AS (
                 SELECT MIN(lane) FROM job
                 UNION ALL
                 SELECT (SELECT MIN(lane) FROM job WHERE lane > waiting.lane)
                 FROM waiting WHERE lane IS NOT NULL
             )
             SELECT lane FROM waiting
             WHERE lane IS NOT NULL AND EXISTS (
                 SELECT 1 FROM job WHERE job.lane = waiting.lane AND available <= ?1)",
        )?;
        let rows = statement.query_map([terms.now], |row| row.get::<_, String>(0))?;
        let mut candidates: BTreeMap<String, Candidate> = BTreeMap::new();
        for name in rows {
            let name = name?;
            let candidate = candidates.entry(application(&name).to_owned()).or_default();
            candidate.lanes.push(Lane {
                in_hand: in_hand.get(&name).copied().unwrap_or_default(),
                name,
                due: None,
            });
        }
        for (lane, count) in &in_hand {
            if let Some(candidate) = candidates.get_mut(application(lane)) {
                candidate.in_hand += count;
            }
        }
        // They are sorted by name: those after the last one served are next.
        for candidate in candidates.values_mut() {
            let following = candidate
                .lanes
                .partition_point(|lane| lane.name <= self.last);
            let length = candidate.lanes.len();
            candidate.lanes.rotate_left(following % length);
        }
        let last = application(&self.last);
        let (served, next): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|(application, _)| application.as_str() <= last);
        let in_order = next.into_iter().chain(served);
        Ok(in_order.map(|(_, candidate)| candidate).collect())
    }
}

/// How many jobs of each lane are leased.
fn in_hand(connection: &Connection, terms: &Terms) -> rusqlite::Result<BTreeMap<String, i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT lane, COUNT(*) FROM job WHERE receipt IS NOT NULL AND available > ?1 GROUP BY lane",
    )?;
    let rows = statement.query_map([terms.now], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn due(connection: &Connection, lane: &str, terms: &Terms) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT number FROM job WHERE lane = ?1 AND available <= ?2
         ORDER BY available, number LIMIT ?3",
    )?;
    let rows = statement.query_map(params![lane, terms.now, terms.limit], |row| row.get(0))?;
    let mut due = rows.collect::<Result<Vec<_>, _>>()?;
    due.reverse();
    Ok(due)
}
