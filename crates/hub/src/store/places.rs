//! Where the hubs on this database are reached, for commands that print an address.

use super::Store;
use super::jobs::TICK_MS;
use crate::error::Result;

/// A hub that was not seen for so long is forgotten, in milliseconds. Before that, its address is
/// still the best that there is: it may be started again.
const FORGOTTEN_MS: i64 = 30 * 24 * 3_600_000;

impl Store {
    /// A hub that listens there says where it is reached; `public`: by a name that it was given.
    pub fn note_place(&self, listen: &str, url: &str, public: bool, now: i64) -> Result<()> {
        self.write(|session| {
            let sql = "INSERT INTO place (listen, url, public, seen) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (listen) DO UPDATE SET url = $2, public = $3, seen = $4";
            let values = [listen.into(), url.into(), i64::from(public).into(), now.into()];
            session.execute(sql, &values)?;
            let sql = "DELETE FROM place WHERE seen < $1";
            session.execute(sql, &[(now - FORGOTTEN_MS).into()]).map(drop)
        })
    }

    /// Where a hub is that runs, by its public name if one has any; else where the last one was.
    pub fn place(&self, now: i64) -> Result<Option<String>> {
        let sql = "SELECT url FROM place
                   ORDER BY CASE WHEN seen > $1 THEN 0 ELSE 1 END, public DESC, seen DESC LIMIT 1";
        let values = [(now - 2 * TICK_MS).into()];
        let rows = self.read(|session| session.query(sql, &values))?;
        Ok(rows.first().map(|row| row.text(0)))
    }
}
