//! The requests: who may make which, and what each is answered.

pub(crate) mod callers;
mod gate;
pub(crate) mod history;
pub(crate) mod ingest;
mod live;
mod messages;
mod openid;
mod operate;
mod people;
mod shares;
mod stream;
mod upkeep;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::openid::Openid;
use crate::store::Store;
use callers::Failure;
use operate::Counters;
use segno_web::access::audit::Audit;
use segno_web::access::guard::Guard;
use segno_web::server::{ServeError, serving};
use segno_web::{Certificate, Place};

/// The most of a request's body, in bytes: a batch, or one long text.
const BODY_BYTES: usize = 16 << 20;
/// Connections at the same time.
const CONNECTIONS: usize = 1024;
/// Changes that a page may be behind; one that is further behind asks for everything.
const CHANGES: usize = 256;
/// Requests that the database works on at the same time.
const WORKERS: usize = 16;

/// How to serve.
pub struct Options {
    pub listen: SocketAddr,
    /// How browsers and machines reach it, through a proxy or by a name.
    pub public_url: Option<String>,
    /// With it, TLS is spoken; without it, only on loopback.
    pub certificate: Option<Certificate>,
    pub store: Store,
    pub log: Audit,
    /// Where people may sign in besides by codes.
    pub openid: Option<crate::openid::Settings>,
}

/// What all requests share.
pub(crate) struct App {
    store: Store,
    place: Place,
    log: Audit,
    guard: Mutex<Guard>,
    openid: Option<Openid>,
    counters: Counters,
    /// Whom something concerns that has changed; `None`: perhaps anybody.
    changes: broadcast::Sender<Option<i64>>,
    /// The cookie's name.
    cookie: String,
}

pub(crate) type Shared = Arc<App>;

/// Listens and serves until the process ends; says where, once it listens.
pub fn serve(
    options: Options,
    ready: impl FnOnce(&Place, &Store) -> Result<(), ServeError>,
) -> Result<(), ServeError> {
    let Options { listen, public_url, certificate, store, log, openid } = options;
    if !listen.ip().is_loopback() && certificate.is_none() {
        return Err(ServeError::Open(listen));
    }
    if listen.ip().is_unspecified() && public_url.is_none() {
        return Err(ServeError::Nameless(listen));
    }
    let tls = certificate.map(|certificate| certificate.acceptor()).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)?;
    // Connections to the database are made, and ended, outside of it.
    runtime.block_on(async {
        let bound = TcpListener::bind(listen).await;
        let listener = bound.map_err(|e| ServeError::Listen(listen, e))?;
        let address = listener.local_addr().map_err(ServeError::Runtime)?;
        let mut place = Place::of(address, tls.is_some());
        let public = public_url.is_some();
        if let Some(url) = public_url {
            place = place.also(&url).ok_or(ServeError::Url(url))?;
        }
        let openid = openid.map(|settings| Openid::new(settings, &place.url()));
        let app = Arc::new(App {
            store,
            place,
            log,
            openid,
            guard: Mutex::default(),
            counters: Counters::default(),
            changes: broadcast::channel(CHANGES).0,
            cookie: format!("segno_hub_{}", address.port()),
        });
        let upkeep = upkeep::Upkeep::new(&app, address, public);
        tokio::task::block_in_place(|| {
            upkeep.note();
            let changes = app.changes.clone();
            // Nobody may be listening.
            app.store.listen(Arc::new(move |whom| drop(changes.send(whom))));
            ready(&app.place, &app.store)
        })?;
        tokio::spawn(upkeep.run());
        serving::accept(listener, tls, &router(app), CONNECTIONS).await;
        Ok(())
    })
}

/// Everything that can be asked for. The gate is before all of it.
pub(crate) fn router(app: Shared) -> Router {
    use segno_web::server::gate as files;
    Router::new()
        .route("/", get(files::index))
        .route("/ui/{*path}", get(files::page))
        .route("/health", get(operate::health))
        .route("/metrics", get(operate::metrics))
        .merge(ingest::routes())
        .merge(people::routes())
        .merge(history::routes())
        .merge(shares::routes())
        .merge(live::routes())
        .merge(openid::routes())
        .merge(messages::routes())
        .merge(stream::routes())
        .route("/s/{name}", get(shares::page).post(shares::unlock))
        .route("/connect-token", get(people::connect))
        .fallback(|| async { Failure::missing("there is no such page") })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate::gate))
        .with_state(app)
}

impl App {
    /// Asks the store something, which blocks.
    async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Store) -> crate::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || question(&app.store)).await;
        let answered = asked.map_err(|_| Failure::new(500, "it could not be carried out"))?;
        answered.map_err(|error| {
            let failure = Failure::from(error);
            if failure.status >= 500 {
                self.log.note("failed", serde_json::json!({ "why": failure.message }));
            }
            failure
        })
    }
}
