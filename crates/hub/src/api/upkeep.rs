//! What a hub does by itself: it says where it is, and does what is due.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use super::callers::now;
use crate::database::JOBS;
use crate::store::TICK_MS;

const TICK: Duration = Duration::from_millis(TICK_MS.unsigned_abs());

pub struct Upkeep {
    app: Shared,
    listen: String,
    public: bool,
}

impl Upkeep {
    pub fn new(app: &Shared, listen: SocketAddr, public: bool) -> Upkeep {
        Upkeep { app: Arc::clone(app), listen: listen.to_string(), public }
    }

    /// Says where the hub is. Blocks.
    pub fn note(&self) {
        let url = self.app.place.url();
        if let Err(error) = self.app.store.note_place(&self.listen, &url, self.public, now()) {
            self.app.log.note("failed", serde_json::json!({ "why": error.to_string() }));
        }
    }

    /// For as long as the hub runs.
    pub async fn run(self) {
        let mut changes = self.app.changes.subscribe();
        let upkeep = Arc::new(self);
        loop {
            // One by one, so that requests get their turn; what fails is noted, and comes again.
            while let Ok(true) = upkeep.app.ask(|store| store.work(now())).await {
                upkeep.app.counters.worked();
            }
            let wake = async {
                loop {
                    match changes.recv().await {
                        Ok(Some(JOBS) | None) | Err(RecvError::Lagged(_)) => return,
                        Ok(Some(_)) => {}
                        // The sender is the app's, which this holds.
                        Err(RecvError::Closed) => std::future::pending().await,
                    }
                }
            };
            if tokio::time::timeout(TICK, wake).await.is_err() {
                let noted = Arc::clone(&upkeep);
                let _ = tokio::task::spawn_blocking(move || noted.note()).await;
            }
        }
    }
}
