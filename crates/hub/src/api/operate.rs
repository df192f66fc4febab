//! For whoever runs the hub: whether it is well, and what it does.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use super::Shared;
use super::callers::{Failure, machine, now};
use segno_web::server::serving::Peer;

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// By the hundreds of the status.
    answered: [AtomicU64; 6],
    written: AtomicU64,
    ignored: AtomicU64,
    searches: AtomicU64,
    searched_us: AtomicU64,
    wrong: AtomicU64,
    views: AtomicU64,
    jobs: AtomicU64,
}

impl Counters {
    pub fn answered(&self, status: u16) {
        let class = usize::from(status / 100).min(5);
        self.answered[class].fetch_add(1, Relaxed);
    }

    pub fn ingested(&self, written: u64, ignored: u64) {
        self.written.fetch_add(written, Relaxed);
        self.ignored.fetch_add(ignored, Relaxed);
    }

    pub fn searched(&self, took: Duration) {
        self.searches.fetch_add(1, Relaxed);
        self.searched_us.fetch_add(u64::try_from(took.as_micros()).unwrap_or_default(), Relaxed);
    }

    pub fn wrong(&self) {
        self.wrong.fetch_add(1, Relaxed);
    }

    pub fn viewed(&self) {
        self.views.fetch_add(1, Relaxed);
    }

    pub fn worked(&self) {
        self.jobs.fetch_add(1, Relaxed);
    }

    /// As Prometheus reads it.
    fn shown(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, help: &str, values: &[(String, String)]| {
            let _ = writeln!(text, "# HELP segno_hub_{name} {help}");
            let _ = writeln!(text, "# TYPE segno_hub_{name} counter");
            for (labels, value) in values {
                let _ = writeln!(text, "segno_hub_{name}{labels} {value}");
            }
        };
        let answered: Vec<_> = (1..6)
            .map(|n| (format!("{{status=\"{n}xx\"}}"), self.answered[n].load(Relaxed).to_string()))
            .collect();
        add("requests_total", "Requests that were answered.", &answered);
        let one = |value: &AtomicU64| [(String::new(), value.load(Relaxed).to_string())];
        add("items_written_total", "Items that were new or had changed.", &one(&self.written));
        add("items_ignored_total", "Items of deleted conversations.", &one(&self.ignored));
        add("searches_total", "Searches.", &one(&self.searches));
        let seconds = self.searched_us.load(Relaxed) as f64 / 1e6;
        let seconds = [(String::new(), format!("{seconds:.6}"))];
        add("search_seconds_total", "Seconds that searches took.", &seconds);
        add("wrong_secrets_total", "Wrong codes and passphrases.", &one(&self.wrong));
        add("link_views_total", "Views of shared links.", &one(&self.views));
        add("jobs_total", "Jobs that were done.", &one(&self.jobs));
        text
    }
}

/// Well where the database answers.
pub async fn health(State(app): State<Shared>) -> Response {
    let well = app.ask(|store| store.check()).await.is_ok();
    match well {
        true => Json(json!({ "status": "ok", "timestamp": now() })).into_response(),
        false => Failure::new(503, "the database does not answer").into_response(),
    }
}

/// For this machine, asked without a proxy; others need a token.
pub async fn metrics(
    State(app): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"];
    let near = peer.is_loopback()
        && !forwarded.iter().any(|name| headers.contains_key(HeaderName::from_static(name)));
    if !near && let Err(failure) = machine(&app, &headers).await {
        return failure.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, app.counters.shown()).into_response()
}
