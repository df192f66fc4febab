//! The server: HTTP and WebSockets on one address, TLS where it is wanted.

pub mod gate;
mod history;
mod live;
mod login;
mod mcp;
mod overview;
mod pane;
mod panes;
mod pulse;
mod push;
pub mod serving;
mod tls;

#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router, middleware};
use serde_json::json;
use tokio::net::TcpListener;

use crate::access::audit::Audit;
use crate::access::guard::Guard;
use crate::access::{TokenError, Tokens};
use crate::machine::{Failure, Machine};
use crate::origin::Place;
use live::Feed;

pub use mcp::Tools;
pub use push::Push;
pub use serving::Peer;
pub use tls::Certificate;

/// Connections at the same time.
const CONNECTIONS: usize = 128;
/// The most of a request's body, in bytes.
const BODY_BYTES: usize = 256 * 1024;

/// How to serve.
pub struct Options {
    pub listen: SocketAddr,
    /// Another address by which browsers reach this server, through a proxy or by a name.
    pub public_url: Option<String>,
    /// With it, TLS is spoken; without it, only on loopback.
    pub certificate: Option<Certificate>,
    pub tokens: Tokens,
    pub audit: Audit,
    /// The Model Context Protocol, where it is spoken.
    pub tools: Option<Tools>,
    pub push: Push,
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{0} is not loopback, and without TLS everybody on the way reads along")]
    Open(SocketAddr),
    #[error("{0} is every address of this machine, and browsers need one")]
    Nameless(SocketAddr),
    #[error("{0:?} is no address such as https://desk.example")]
    Url(String),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    #[error(transparent)]
    Tokens(#[from] TokenError),
    #[error(transparent)]
    Runtime(io::Error),
}

/// Where it listens, once it does.
#[derive(Debug, Clone)]
pub struct Served {
    pub place: Place,
    pub address: SocketAddr,
}

/// What all requests share.
pub(crate) struct App {
    place: Place,
    tokens: Tokens,
    audit: Audit,
    guard: Mutex<Guard>,
    machine: Arc<dyn Machine>,
    feed: Feed,
    push: Push,
    pushing: push::Running,
    mcp: mcp::Programs,
    /// The cookie's name: to browsers one host is one, whatever the port.
    cookie: String,
}

pub(crate) type Shared = Arc<App>;

/// Listens and serves until the process ends; says where, once it listens.
pub fn serve(
    options: Options,
    machine: Arc<dyn Machine>,
    ready: impl FnOnce(&Served, &Tokens) -> Result<(), TokenError>,
) -> Result<(), ServeError> {
    let Options { listen, public_url, certificate, tokens, audit, tools, push } = options;
    if !listen.ip().is_loopback() && certificate.is_none() {
        return Err(ServeError::Open(listen));
    }
    if listen.ip().is_unspecified() && public_url.is_none() {
        return Err(ServeError::Nameless(listen));
    }
    let tls = certificate.map(|certificate| certificate.acceptor()).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(16 + mcp::AT_ONCE)
        .build()
        .map_err(ServeError::Runtime)?;
    runtime.block_on(async {
        let bound = TcpListener::bind(listen).await;
        let listener = bound.map_err(|e| ServeError::Listen(listen, e))?;
        let address = listener.local_addr().map_err(ServeError::Runtime)?;
        let mut place = Place::of(address, tls.is_some());
        if let Some(url) = public_url {
            place = place.also(&url).ok_or(ServeError::Url(url))?;
        }
        ready(&Served { place: place.clone(), address }, &tokens)?;
        let app = Arc::new(App {
            place,
            tokens,
            audit,
            guard: Mutex::default(),
            feed: Feed::new(Arc::clone(&machine)),
            push,
            pushing: push::Running::default(),
            mcp: mcp::Programs::new(tools),
            machine,
            cookie: format!("segno_{}", address.port()),
        });
        push::watch(&app);
        serving::accept(listener, tls, &router(app), CONNECTIONS).await;
        Ok(())
    })
}

/// Everything that can be asked for. The gate is before all of it.
pub(crate) fn router(app: Shared) -> Router {
    Router::new()
        .route("/", get(gate::index))
        .route("/ui/{*path}", get(gate::page))
        .route("/api/login", post(login::login))
        .route("/api/logout", post(login::logout))
        .route("/api/me", get(login::me))
        .route("/worker.js", get(gate::worker))
        .route("/api/push", get(push::key).post(push::begin))
        .route("/api/push/end", post(push::end))
        .route("/api/panes/{pane}/answer", post(panes::answer))
        .route("/api/panes/{pane}/send", post(panes::send))
        .route("/api/panes/{pane}/text", get(panes::text))
        .route("/api/history/search", get(history::search))
        .route("/api/history/show", get(history::show))
        .route("/api/history/export", get(history::export))
        .route("/api/history/stats", get(history::stats))
        .route(mcp::PATH, any(mcp::mcp))
        .route("/ws/overview", get(overview::overview))
        .route("/ws/panes/{pane}", get(pane::pane))
        .fallback(|| async { refusal(404, "there is no such page") })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate::gate))
        .with_state(app)
}

/// A refusal, for pages and people.
pub fn refusal(status: u16, message: &str) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    (status, Json(json!({ "error": message }))).into_response()
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        refusal(self.status, &self.message)
    }
}

impl App {
    /// Asks the machine something, which may block.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Machine) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let machine = Arc::clone(&self.machine);
        let done = tokio::task::spawn_blocking(move || work(&*machine)).await;
        done.unwrap_or_else(|_| Err(Failure::new("it could not be carried out")))
    }
}
