//! What has to be done by and by, by whichever hub on the database comes first.
//!
//! A job is taken and done in one transaction: a hub that dies in the middle has done nothing, and
//! another one takes it. On PostgreSQL those that are being done are passed over; on SQLite there
//! is one writer at a time anyway.

use super::{Store, retention};
use crate::database::{JOBS, Session};
use crate::error::{Error, Result};

/// How often a hub looks what is due, in milliseconds.
pub const TICK_MS: i64 = 60_000;
/// How often everything is looked through.
const SWEEP_MS: i64 = 3_600_000;
/// After a failure, so long until it is tried again; twice as long each time, up to a day.
const AGAIN_MS: i64 = 60_000;
const LONGEST_MS: i64 = 24 * 3_600_000;

/// When a job is due next.
enum Next {
    Never,
    At(i64),
}

impl Store {
    /// Does one job that is due; whether there was one.
    pub fn work(&self, now: i64) -> Result<bool> {
        let mut taken = None;
        let done = self.write(|session| {
            let sql = format!(
                "SELECT id, kind, subject, attempts FROM job WHERE due <= $1
                 ORDER BY due, id LIMIT 1 {}",
                session.dialect().unlocked()
            );
            let rows = session.query(&sql, &[now.into()])?;
            let Some(row) = rows.first() else { return Ok(false) };
            let (id, kind, subject) = (row.int(0), row.text(1), row.int(2));
            taken = Some((id, row.int(3)));
            match carry_out(session, &kind, subject, now)? {
                Next::Never => session.execute("DELETE FROM job WHERE id = $1", &[id.into()])?,
                Next::At(due) => {
                    let sql = "UPDATE job SET due = $2, attempts = 0 WHERE id = $1";
                    session.execute(sql, &[id.into(), due.into()])?
                }
            };
            Ok(true)
        });
        // What cannot be done now is not in the way of the others.
        if let (Err(error), Some((id, attempts))) = (&done, taken)
            && !matches!(error, Error::Away(_))
        {
            let pause = AGAIN_MS.saturating_mul(1 << attempts.clamp(0, 20)).min(LONGEST_MS);
            let sql = "UPDATE job SET due = $2, attempts = attempts + 1 WHERE id = $1";
            self.write(|session| session.execute(sql, &[id.into(), (now + pause).into()]))?;
        }
        done
    }
}

fn carry_out(session: &mut dyn Session, kind: &str, subject: i64, now: i64) -> Result<Next> {
    match kind {
        "sweep" => sweep(session, now).map(|()| Next::At(now + SWEEP_MS)),
        "expire" => retention::expire(session, subject, now).map(|more| match more {
            true => Next::At(now),
            false => Next::Never,
        }),
        // Of a newer hub on the same database; that one does it.
        _ => Ok(Next::At(now + SWEEP_MS)),
    }
}

/// To be done now, once, however often it is asked for before that.
pub(super) fn add(session: &mut dyn Session, kind: &str, subject: i64, now: i64) -> Result<()> {
    let sql = "INSERT INTO job (kind, subject, due) VALUES ($1, $2, $3)
               ON CONFLICT (kind, subject) DO UPDATE SET due = $3 WHERE job.due > $3";
    session.execute(sql, &[kind.into(), subject.into(), now.into()])?;
    session.notify(JOBS)
}

/// What is no longer good goes; what may be too old is looked at.
fn sweep(session: &mut dyn Session, now: i64) -> Result<()> {
    session.execute("DELETE FROM pass WHERE expires < $1", &[now.into()])?;
    session.execute("DELETE FROM link WHERE expires < $1", &[now.into()])?;
    for person in retention::concerned(session)? {
        add(session, "expire", person, now)?;
    }
    Ok(())
}
