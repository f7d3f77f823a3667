//! Leasing jobs and settling leases.
//!
//! Applications take turns, as in a fair queue: the next job comes from the application with the fewest leased jobs,
//! and among equals from the one after the last one served. The hooks of an application take turns in the same way. So
//! a slow endpoint, or one with a thousand waiting jobs, only delays its own. If the worker asks for shares, none takes
//! so many places that others have none.

mod hands;
mod turn;

use std::time::Duration;

use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadReason, Leased, QueueError, Settlement},
};
use rusqlite::{Connection, OptionalExtension, params};

pub(in crate::store) use self::hands::Hands;
use self::turn::Turn;
use super::{dead_letters, jobs::Row};

/// How often a job is leased without being settled. A job that crashes its worker each time becomes a dead letter after
/// that.
pub(super) const HANDED_OUT: i64 = 30;

/// Maximum bytes of messages leased at once; one message may exceed it.
const BYTES: usize = 16 * 1024 * 1024;

/// A worker's request.
pub(super) struct Terms {
    pub(super) limit: usize,
    /// Whether the limit is the worker's number of free places, to be shared fairly.
    pub(super) shares: bool,
    pub(super) now: i64,
    pub(super) until: i64,
}

/// A leased job.
pub(super) struct Message {
    lease: Lease,
    text: String,
}

/// A lease: the row, and a nonce that makes its receipt unique.
pub(super) struct Lease {
    number: i64,
    receipt: String,
}

impl Lease {
    fn to_receipt(&self) -> String {
        format!("{}.{}", self.number, self.receipt)
    }

    pub(super) fn from_receipt(receipt: &str) -> Result<Self, QueueError> {
        let read = || {
            let (number, receipt) = receipt.split_once('.')?;
            Some(Self {
                number: number.parse().ok()?,
                receipt: receipt.to_owned(),
            })
        };
        read().ok_or_else(|| QueueError {
            message: format!("`{receipt}` is not a receipt of this queue"),
        })
    }
}

impl Message {
    pub(super) fn read(self) -> Leased {
        Leased {
            bytes: self.text.len(),
            job: Job::from_message(&self.text),
            receipt: self.lease.to_receipt(),
        }
    }
}

/// Leases jobs that are due.
pub(super) fn receive(
    connection: &Connection,
    terms: &Terms,
    hands: &mut Hands,
) -> rusqlite::Result<Vec<Message>> {
    hands.take_back(connection, terms.now)?;
    let mut messages: Vec<Message> = Vec::new();
    let mut bytes = 0;
    for number in hands.turn.pick(connection, terms)? {
        if bytes >= BYTES {
            break;
        }
        if is_handed_out_too_often(connection, number)? {
            give_up(connection, number, None, terms.now)?;
        } else {
            let message = hand_out(connection, number, terms.until, hands.owner())?;
            bytes += message.text.len();
            messages.push(message);
        }
    }
    Ok(messages)
}

fn is_handed_out_too_often(connection: &Connection, number: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT handed_out >= ?2 FROM job WHERE number = ?1")?
        .query_row([number, HANDED_OUT], |row| row.get(0))
}

fn hand_out(
    connection: &Connection,
    number: i64,
    until: i64,
    owner: Option<&str>,
) -> rusqlite::Result<Message> {
    let receipt = connection
        .prepare_cached(
            "UPDATE job SET available = ?2, receipt = lower(hex(randomblob(16))), owner = ?3,
                 handed_out = handed_out + 1
             WHERE number = ?1 RETURNING receipt",
        )?
        .query_row(params![number, until, owner], |row| row.get(0))?;
    let text = connection
        .prepare_cached("SELECT message FROM job_message WHERE number = ?1")?
        .query_row([number], |row| row.get(0))?;
    Ok(Message {
        lease: Lease { number, receipt },
        text,
    })
}

/// How a lease ends.
pub(super) enum End {
    Done,
    Retry(Row),
    Postponed(Duration),
    Dead(DeadReason),
}

impl From<Settlement> for End {
    fn from(settlement: Settlement) -> Self {
        match settlement {
            Settlement::Done => Self::Done,
            Settlement::Retry(job) => Self::Retry(Row::from(&*job)),
            Settlement::Postponed(wait) => Self::Postponed(wait),
            Settlement::Dead(reason) => Self::Dead(reason),
        }
    }
}

/// Ends a lease if the job still exists and has not been leased again since.
pub(super) fn end(
    connection: &Connection,
    lease: &Lease,
    end: &End,
    now: i64,
) -> rusqlite::Result<()> {
    let is_current = connection
        .prepare_cached("SELECT 1 FROM job WHERE number = ?1 AND receipt = ?2")?
        .exists(params![lease.number, lease.receipt])?;
    match end {
        _ if !is_current => Ok(()),
        End::Done => remove(connection, lease.number),
        End::Retry(next) => put_again(connection, lease.number, next),
        End::Postponed(wait) => postpone(connection, lease.number, *wait, now),
        End::Dead(reason) => give_up(connection, lease.number, Some(reason), now),
    }
}

fn remove(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    // The message is deleted with it.
    connection
        .prepare_cached("DELETE FROM job WHERE number = ?1")?
        .execute([number])
        .map(|_| ())
}

fn put_again(connection: &Connection, number: i64, next: &Row) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE job SET delivery = ?2, lane = ?3, available = ?4, receipt = NULL, owner = NULL,
                 handed_out = 0
             WHERE number = ?1",
        )?
        .execute(params![number, next.delivery, next.lane, next.available])?;
    connection
        .prepare_cached("UPDATE job_message SET message = ?2 WHERE number = ?1")?
        .execute(params![number, next.message])
        .map(|_| ())
}

/// Returns a job to the queue unchanged, due after `wait`.
fn postpone(
    connection: &Connection,
    number: i64,
    wait: Duration,
    now: i64,
) -> rusqlite::Result<()> {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "UPDATE job SET available = ?2, receipt = NULL, owner = NULL, handed_out = 0
             WHERE number = ?1",
        )?
        .execute(params![number, now.saturating_add(wait)])
        .map(|_| ())
}

/// Turns a job into a dead letter.
fn give_up(
    connection: &Connection,
    number: i64,
    reason: Option<&DeadReason>,
    now: i64,
) -> rusqlite::Result<()> {
    let job: Option<(String, String)> = connection
        .prepare_cached(
            "SELECT delivery, message FROM job JOIN job_message USING (number) WHERE number = ?1",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, message)) = job {
        dead_letters::insert(connection, &id, &message, reason, now)?;
    }
    remove(connection, number)
}
