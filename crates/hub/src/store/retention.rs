//! For how long conversations are kept: by the hub, by a team's members, by a person. The shortest
//! counts.
//!
//! A conversation goes as a whole when nothing was said in it for so many days: its text, its words
//! in the index, and its links. It does not come back when an old machine sends it again; what is
//! said in it later does.

use super::entrance::person;
use super::people::team;
use super::{Store, index, ingest, jobs};
use crate::database::{Row, Session};
use crate::error::{Error, Result};

const DAY_MS: i64 = 24 * 3_600_000;
/// A hundred years.
const LONGEST: i64 = 36_525;
/// Conversations that go in one transaction.
const AT_ONCE: usize = 100;

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    Hub,
    /// Those of a team's members.
    Team(&'a str),
    Person(&'a str),
}

/// A setting that there is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Kept {
    /// `hub`, `team` or `user`.
    pub whose: String,
    pub name: Option<String>,
    pub days: i64,
}

impl Store {
    /// Keeps conversations for so many days, or for ever. Hubs that run act on it soon.
    pub fn keep(&self, whose: Whose<'_>, days: Option<i64>, now: i64) -> Result<()> {
        if days.is_some_and(|days| !(1..=LONGEST).contains(&days)) {
            return Err(Error::wrong(format!("days are 1 to {LONGEST}, or `forever`")));
        }
        self.write(|session| {
            match whose {
                Whose::Hub => {
                    let sql = "INSERT INTO setting (name, number) VALUES ('keep', $1)
                               ON CONFLICT (name) DO UPDATE SET number = $1";
                    session.execute(sql, &[days.into()])?;
                }
                Whose::Team(name) => {
                    let id = team(session, name)?;
                    let sql = "UPDATE team SET keep = $2 WHERE id = $1";
                    session.execute(sql, &[id.into(), days.into()])?;
                }
                Whose::Person(name) => {
                    let id = person(session, name)?.id;
                    let sql = "UPDATE person SET keep = $2 WHERE id = $1";
                    session.execute(sql, &[id.into(), days.into()])?;
                }
            }
            for person in concerned(session)? {
                jobs::add(session, "expire", person, now)?;
            }
            Ok(())
        })
    }

    /// All settings; without any, everything is kept for ever.
    pub fn kept(&self) -> Result<Vec<Kept>> {
        let sql = "SELECT 'hub', NULL, number FROM setting WHERE name = 'keep' AND number > 0
                   UNION ALL SELECT 'team', name, keep FROM team WHERE keep > 0
                   UNION ALL SELECT 'user', name, keep FROM person WHERE keep > 0
                   ORDER BY 1, 2";
        let rows = self.read(|session| session.query(sql, &[]))?;
        let kept = |row: &Row| Kept { whose: row.text(0), name: row.maybe(1), days: row.int(2) };
        Ok(rows.iter().map(kept).collect())
    }

    /// For how many days a person's conversations are kept; `None`: for ever.
    pub fn keeps(&self, person: i64) -> Result<Option<i64>> {
        self.read(|session| days(session, person))
    }
}

/// The shortest that counts for a person.
fn days(session: &mut dyn Session, person: i64) -> Result<Option<i64>> {
    let sql = "SELECT min(k) FROM (
        SELECT keep AS k FROM person WHERE id = $1
        UNION ALL SELECT t.keep FROM team t JOIN member m ON m.team = t.id WHERE m.person = $1
        UNION ALL SELECT number FROM setting WHERE name = 'keep') AS kept";
    Ok(session.query(sql, &[person.into()])?.first().and_then(|row| row.number(0)))
}

/// People for whom anything counts.
pub(super) fn concerned(session: &mut dyn Session) -> Result<Vec<i64>> {
    let sql = "SELECT p.id FROM person p WHERE p.keep > 0
        OR EXISTS (SELECT 1 FROM setting WHERE name = 'keep' AND number > 0)
        OR EXISTS (SELECT 1 FROM member m JOIN team t ON t.id = m.team
                   WHERE m.person = p.id AND t.keep > 0)";
    Ok(session.query(sql, &[])?.iter().map(|row| row.int(0)).collect())
}

/// Removes what is too old of a person's, some of it at once; whether there is more.
pub(super) fn expire(session: &mut dyn Session, person: i64, now: i64) -> Result<bool> {
    let Some(days) = days(session, person)? else { return Ok(false) };
    let before = now - days * DAY_MS;
    // Something that is just being said in one of them keeps it.
    let sql = format!(
        "SELECT id, agent, native FROM conversation
         WHERE person = $1 AND coalesce(updated, created, received) < $2
         ORDER BY id LIMIT {AT_ONCE} {}",
        session.dialect().unlocked()
    );
    let old = session.query(&sql, &[person.into(), before.into()])?;
    for row in &old {
        ingest::announce(session, row.int(0), person)?;
        index::forget(session, "c.id = $1", &[row.int(0).into()])?;
        session.execute("DELETE FROM conversation WHERE id = $1", &[row.int(0).into()])?;
        let sql = "INSERT INTO tombstone (person, agent, native, time, later)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, agent, native)
                   DO UPDATE SET later = $5 WHERE tombstone.later IS NOT NULL";
        let values =
            [person.into(), row.text(1).into(), row.text(2).into(), now.into(), before.into()];
        session.execute(sql, &values)?;
    }
    Ok(old.len() == AT_ONCE)
}
