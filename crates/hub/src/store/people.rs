//! Teams, and who is in them.

use super::entrance::{named, person};
use super::{Store, index, ingest};
use crate::database::{Row, Session};
use crate::error::{Error, Result};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Team {
    pub name: String,
    pub members: Vec<String>,
}

impl Store {
    /// Removes somebody with all that they have sent.
    pub fn remove_person(&self, name: &str) -> Result<()> {
        self.write(|session| {
            let id = person(session, name)?.id;
            index::forget(session, "c.person = $1", &[id.into()])?;
            session.execute("DELETE FROM person WHERE id = $1", &[id.into()]).map(drop)
        })
    }

    pub fn add_team(&self, name: &str, now: i64) -> Result<()> {
        named(name)?;
        let sql = "INSERT INTO team (name, made) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        match self.write(|session| session.execute(sql, &[name.into(), now.into()]))? {
            0 => Err(Error::Taken(format!("a team {name:?}"))),
            _ => Ok(()),
        }
    }

    /// Removes a team; what was shared with it belongs to its owners alone again.
    pub fn remove_team(&self, name: &str) -> Result<()> {
        let sql = "DELETE FROM team WHERE name = $1";
        match self.write(|session| session.execute(sql, &[name.into()]))? {
            0 => Err(Error::Missing("such team")),
            _ => Ok(()),
        }
    }

    /// Takes somebody into a team, or out of it.
    pub fn set_member(&self, team_name: &str, who: &str, is_member: bool) -> Result<()> {
        self.write(|session| {
            let (team, person) = (team(session, team_name)?, person(session, who)?.id);
            let sql = match is_member {
                true => {
                    "INSERT INTO member (team, person) VALUES ($1, $2)
                     ON CONFLICT (team, person) DO NOTHING"
                }
                false => "DELETE FROM member WHERE team = $1 AND person = $2",
            };
            session.execute(sql, &[team.into(), person.into()]).map(drop)
        })
    }

    /// The teams of a person, or all.
    pub fn teams(&self, of: Option<i64>) -> Result<Vec<Team>> {
        let sql = "SELECT t.name, p.name FROM team t
                   LEFT JOIN member m ON m.team = t.id LEFT JOIN person p ON p.id = m.person
                   WHERE CAST($1 AS BIGINT) < 0 OR EXISTS
                   (SELECT 1 FROM member o WHERE o.team = t.id AND o.person = $1)
                   ORDER BY t.name, p.name";
        let rows = self.read(|session| session.query(sql, &[of.unwrap_or(-1).into()]))?;
        let mut teams: Vec<Team> = Vec::new();
        for row in rows {
            if teams.last().is_none_or(|team| team.name != row.text(0)) {
                teams.push(Team { name: row.text(0), members: Vec::new() });
            }
            if let Some(team) = teams.last_mut() {
                team.members.extend(row.maybe(1));
            }
        }
        Ok(teams)
    }

    /// Shares a conversation of one's own with a team of one's own, or no longer.
    pub fn share_with(&self, person: i64, id: &str, team_name: &str, yes: bool) -> Result<()> {
        self.write(|session| {
            let conversation = super::read::own(session, person, id)?;
            let team = team(session, team_name)?;
            let sql = "SELECT 1 FROM member WHERE team = $1 AND person = $2";
            if session.query(sql, &[team.into(), person.into()])?.is_empty() {
                return Err(Error::Missing("such team"));
            }
            let sql = match yes {
                true => {
                    "INSERT INTO shared (conversation, team) VALUES ($1, $2)
                     ON CONFLICT (conversation, team) DO NOTHING"
                }
                false => "DELETE FROM shared WHERE conversation = $1 AND team = $2",
            };
            // Also to whom it is shared no longer.
            ingest::announce(session, conversation, person)?;
            session.execute(sql, &[conversation.into(), team.into()])?;
            ingest::announce(session, conversation, person)
        })
    }

    /// With which teams a conversation of one's own is shared.
    pub fn shared_with(&self, person: i64, id: &str) -> Result<Vec<String>> {
        self.read(|session| {
            let conversation = super::read::own(session, person, id)?;
            let sql = "SELECT t.name FROM shared s JOIN team t ON t.id = s.team
                       WHERE s.conversation = $1 ORDER BY t.name";
            let rows = session.query(sql, &[conversation.into()])?;
            Ok(rows.iter().map(|row: &Row| row.text(0)).collect())
        })
    }
}

pub(super) fn team(session: &mut dyn Session, name: &str) -> Result<i64> {
    let rows = session.query("SELECT id FROM team WHERE name = $1", &[name.into()])?;
    rows.first().map(|row| row.int(0)).ok_or(Error::Missing("such team"))
}
