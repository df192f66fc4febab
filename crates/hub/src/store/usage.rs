//! What was used: by a person, and by a team without anything that was said.

use super::Store;
use crate::database::{Row, Session, Value};
use crate::error::{Error, Result};
use segno_archive::read::{Stats, Tally, VERSION};

/// What a member of a team has used.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Member {
    pub name: String,
    pub conversations: u64,
    pub messages: u64,
    pub input: u64,
    pub output: u64,
    pub cost: f64,
}

const FIGURES: &str = "count(*), CAST(coalesce(sum(u.messages), 0) AS BIGINT),
    CAST(coalesce(sum(u.tools), 0) AS BIGINT), CAST(coalesce(sum(c.input), 0) AS BIGINT),
    CAST(coalesce(sum(c.output), 0) AS BIGINT),
    CAST(coalesce(sum(c.cost), 0) AS DOUBLE PRECISION)";
impl Store {
    /// Of a person's own conversations.
    pub fn stats(&self, person: i64) -> Result<Stats> {
        self.read(|session| {
            let day = session.dialect().day("coalesce(c.updated, c.created, c.received)");
            let own = ("c.person = $1", &[person.into()] as &[Value]);
            let total = tallies(session, "'all'", own)?.pop().unwrap_or_default();
            Ok(Stats {
                version: VERSION,
                total: Tally { name: None, ..total },
                agents: tallies(session, "c.agent", own)?,
                models: tallies(session, "c.model", own)?,
                directories: tallies(session, "c.directory", own)?,
                days: tallies(session, &day, own)?,
                ..Stats::default()
            })
        })
    }

    /// Of the members of a team, by member, day and model: never what was said, and where.
    pub fn team_usage(
        &self,
        person: i64,
        team: &str,
    ) -> Result<(Vec<Member>, Vec<Tally>, Vec<Tally>)> {
        self.read(|session| {
            let sql = "SELECT t.id FROM team t JOIN member m ON m.team = t.id
                       WHERE t.name = $1 AND m.person = $2";
            let rows = session.query(sql, &[team.into(), person.into()])?;
            let team = rows.first().map(|row| row.int(0)).ok_or(Error::Missing("such team"))?;
            let which = "c.person IN (SELECT person FROM member WHERE team = $1)";
            let of = (which, &[team.into()] as &[Value]);
            let name = "(SELECT name FROM person WHERE id = c.person)";
            let member = |tally: Tally| Member {
                name: tally.name.unwrap_or_default(),
                conversations: tally.conversations,
                messages: tally.messages,
                input: tally.input,
                output: tally.output,
                cost: tally.cost,
            };
            let members = tallies(session, name, of)?.into_iter().map(member).collect();
            let day = session.dialect().day("coalesce(c.updated, c.created, c.received)");
            Ok((members, tallies(session, &day, of)?, tallies(session, "c.model", of)?))
        })
    }
}

fn tallies(
    session: &mut dyn Session,
    name: &str,
    (which, values): (&str, &[Value]),
) -> Result<Vec<Tally>> {
    let sql = format!(
        "SELECT {name}, {FIGURES} FROM conversation c LEFT JOIN (SELECT conversation,
            sum(CASE WHEN kind < 3 THEN 1 ELSE 0 END) AS messages,
            sum(CASE WHEN kind = 3 THEN 1 ELSE 0 END) AS tools
            FROM entry WHERE conversation IN (SELECT c.id FROM conversation c WHERE {which})
            GROUP BY conversation) u ON u.conversation = c.id
         WHERE {which} GROUP BY 1 ORDER BY 3 DESC, 1"
    );
    let number = |row: &Row, n| row.int(n).unsigned_abs();
    let tally = |row: &Row| Tally {
        name: row.maybe(0),
        conversations: number(row, 1),
        messages: number(row, 2),
        tools: number(row, 3),
        input: number(row, 4),
        output: number(row, 5),
        cost: row.real(6).unwrap_or_default(),
        ..Tally::default()
    };
    Ok(session.query(&sql, values)?.iter().map(tally).collect())
}
