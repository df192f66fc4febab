//! What other hubs on the database have changed, as it says so. A connection of its own waits for
//! that, and is made again when it is lost.

use std::time::Duration;

use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;

use super::super::Listener;
use super::Route;
use crate::error::Result;

/// The database sends it when the transaction is done, and equal ones once.
pub const NOTIFY: &str = "SELECT CAST(pg_notify('segno_hub', $1) AS TEXT)";

/// After so long without a word the connection is looked at.
const QUIET: Duration = Duration::from_secs(60);
/// Between attempts to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens for as long as the process runs.
pub fn listen(route: Route, listener: Listener) {
    std::thread::spawn(move || {
        loop {
            if let Ok(client) = route.connect() {
                // How it ends does not matter: the next connection is made.
                let _ = follow(client, &listener);
            }
            std::thread::sleep(PAUSE);
        }
    });
}

fn follow(mut client: Client, listener: &Listener) -> Result<()> {
    client.batch_execute("LISTEN segno_hub")?;
    // What was said before that was for nobody.
    listener(None);
    loop {
        let mut notifications = client.notifications();
        let mut waiting = notifications.timeout_iter(QUIET);
        while let Some(notification) = waiting.next()? {
            listener(notification.payload().parse().ok());
        }
        drop(waiting);
        drop(notifications);
        client.batch_execute("")?;
    }
}
