//! The machines that send: a token each.

use super::{May, Person, Store};
use crate::database::Row;
use crate::error::{Error, Result};
use segno_base::system::random;
use segno_web::access::secret;

/// How long a machine waits for its owner's yes, in milliseconds.
const WAITING_MS: i64 = 10 * 60_000;
/// Machines that wait at the same time.
const WAITING_MAX: i64 = 200;

/// A machine's token, without the secret.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Device {
    pub id: i64,
    pub user: String,
    pub name: String,
    pub may: String,
    pub made: i64,
    /// When it was used last, to the minute.
    pub seen: Option<i64>,
}

/// What a machine that waits is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    Unknown,
    Pending,
    /// Once.
    Allowed {
        token: String,
        person: Person,
    },
}

impl Store {
    /// Makes a token, which is shown once.
    pub fn add_device(&self, person: &Person, name: &str, may: May, now: i64) -> Result<String> {
        let token = token()?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let sql = "INSERT INTO pass (kind, person, name, may, hash, made)
                   VALUES ('device', $1, $2, $3, $4, $5)";
        let hash = hashed(&token);
        let values = [person.id.into(), name.into(), may.name().into(), hash.into(), now.into()];
        self.write(|session| session.execute(sql, &values))?;
        Ok(token)
    }

    /// Whose token it is, and what it may.
    pub fn of_token(&self, token: &str, now: i64) -> Result<Option<(Person, May)>> {
        let sql = "SELECT p.id, p.name, p.role, s.may, s.seen, s.id FROM pass s
                   JOIN person p ON p.id = s.person
                   WHERE s.kind = 'device' AND s.hash = $1";
        let rows = self.read(|session| session.query(sql, &[hashed(token).into()]))?;
        let Some(row) = rows.first() else { return Ok(None) };
        if row.number(4).is_none_or(|seen| now - seen > 60_000) {
            let sql = "UPDATE pass SET seen = $2 WHERE id = $1";
            self.write(|session| session.execute(sql, &[row.int(5).into(), now.into()]))?;
        }
        Ok(Some((Person::of(row), May::named(&row.text(3)))))
    }

    /// The machines of a person, or of all.
    pub fn devices(&self, person: Option<i64>) -> Result<Vec<Device>> {
        let sql = "SELECT s.id, p.name, s.name, s.may, s.made, s.seen FROM pass s
                   JOIN person p ON p.id = s.person
                   WHERE s.kind = 'device' AND (p.id = $1 OR $1 < 0) ORDER BY p.name, s.id";
        let rows = self.read(|session| session.query(sql, &[person.unwrap_or(-1).into()]))?;
        let device = |row: &Row| Device {
            id: row.int(0),
            user: row.text(1),
            name: row.text(2),
            may: row.text(3),
            made: row.int(4),
            seen: row.number(5),
        };
        Ok(rows.iter().map(device).collect())
    }

    /// Takes a token back.
    pub fn revoke_device(&self, person: Option<i64>, id: i64) -> Result<()> {
        let sql = "DELETE FROM pass WHERE kind = 'device' AND id = $1 AND (person = $2 OR $2 < 0)";
        let values = [id.into(), person.unwrap_or(-1).into()];
        match self.write(|session| session.execute(sql, &values))? {
            0 => Err(Error::Missing("such device")),
            _ => Ok(()),
        }
    }

    /// A machine begins to wait: what it asks with.
    pub fn wait(&self, device: &str, may: May, now: i64) -> Result<String> {
        let id = random::token()?;
        let device: String = device.chars().filter(|c| !c.is_control()).take(64).collect();
        self.write(|session| {
            let sql = "DELETE FROM waiting WHERE made < $1";
            session.execute(sql, &[(now - WAITING_MS).into()])?;
            let waiting = session.query("SELECT count(*) FROM waiting", &[])?;
            if waiting.first().is_some_and(|row| row.int(0) >= WAITING_MAX) {
                return Err(Error::wrong("too many machines wait; try again in a few minutes"));
            }
            let sql = "INSERT INTO waiting (hash, device, may, made) VALUES ($1, $2, $3, $4)";
            let hash = secret::hash(&id);
            let values = [hash.into(), device.clone().into(), may.name().into(), now.into()];
            session.execute(sql, &values).map(drop)
        })?;
        Ok(id)
    }

    /// What a machine calls itself that waits, for whoever is to say yes.
    pub fn who_waits(&self, id: &str, now: i64) -> Result<String> {
        let sql = "SELECT device FROM waiting WHERE hash = $1 AND made > $2 AND person IS NULL";
        let values = [secret::hash(id).into(), (now - WAITING_MS).into()];
        let rows = self.read(|session| session.query(sql, &values))?;
        rows.first().map(|row| row.text(0)).ok_or(Error::Missing("such machine waiting"))
    }

    /// Its owner says yes.
    pub fn allow(&self, id: &str, person: &Person, now: i64) -> Result<()> {
        let sql = "UPDATE waiting SET person = $1 WHERE hash = $2 AND made > $3 AND person IS NULL";
        let values = [person.id.into(), secret::hash(id).into(), (now - WAITING_MS).into()];
        match self.write(|session| session.execute(sql, &values))? {
            0 => Err(Error::Missing("such machine waiting")),
            _ => Ok(()),
        }
    }

    /// The machine asks; its token is made when it is first asked for after the yes.
    pub fn poll(&self, id: &str, now: i64) -> Result<Waiting> {
        let hash = secret::hash(id);
        let fresh = token()?;
        self.write(|session| {
            let sql = "SELECT w.person, w.device, w.may, p.name, p.role FROM waiting w
                       LEFT JOIN person p ON p.id = w.person WHERE w.hash = $1 AND w.made > $2";
            let values = [hash.clone().into(), (now - WAITING_MS).into()];
            let rows = session.query(sql, &values)?;
            let Some(row) = rows.first() else { return Ok(Waiting::Unknown) };
            let Some(person) = row.number(0) else { return Ok(Waiting::Pending) };
            let taken =
                session.execute("DELETE FROM waiting WHERE hash = $1", &[hash.clone().into()])?;
            if taken == 0 {
                return Ok(Waiting::Unknown);
            }
            let sql = "INSERT INTO pass (kind, person, name, may, hash, made)
                       VALUES ('device', $1, $2, $3, $4, $5)";
            let (name, may, stored) = (row.text(1), row.text(2), hashed(&fresh));
            let values = [person.into(), name.into(), may.into(), stored.into(), now.into()];
            session.execute(sql, &values)?;
            let of = Row(vec![row.0[0].clone(), row.0[3].clone(), row.0[4].clone()]);
            Ok(Waiting::Allowed { token: fresh.clone(), person: Person::of(&of) })
        })
    }
}

/// `sgd_` and 64 hexadecimal digits.
fn token() -> Result<String> {
    Ok(format!("sgd_{}", secret::cookie()?))
}

/// What is stored of a token. What stands before the last `_` does not count: clients of other
/// services insist on beginnings of their own.
fn hashed(token: &str) -> String {
    secret::hash(token.rsplit('_').next().unwrap_or_default())
}
