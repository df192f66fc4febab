//! The API of a service that has sessions with messages, as its plugins and this project's own sink
//! speak it: `/sync/*` and `/api/*`.
//!
//! One token of a person's is what a key is there. Sending needs one that writes, `/api/*` one that
//! reads. What its server does with an update within some seconds, this one does not: the last
//! word counts.

mod sent;
mod shown;

use axum::Router;
use axum::routing::{get, post};

use super::Shared;

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/sync/session", post(sent::session))
        .route("/sync/message", post(sent::message))
        .route("/sync/batch", post(sent::batch))
        .route("/sync/sessions/list", get(sent::list))
        .route("/api/sessions", get(shown::sessions))
        .route("/api/sessions/get", get(shown::session))
        .route("/api/search", get(shown::search))
        .route("/api/context", get(shown::context))
        .route("/api/export", get(shown::export))
        .route("/api/export/evals", get(shown::evals))
        .route("/api/stats", get(shown::stats))
}
