//! The protocol over HTTP: each request is answered by itself, and nothing is remembered between
//! two of them. Who may ask is for whoever has the port to say.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::combinators::BoxBody;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use crate::scope::{Context, Daemon, Settings};
use crate::server::Server;

/// Answers a request, as a stream of events where the answer takes its time. What it asks for runs
/// on blocking threads of the runtime that this is called in.
pub async fn answer<B>(
    settings: Settings,
    daemon: Arc<dyn Daemon>,
    request: Request<B>,
) -> Response<BoxBody<Bytes, Infallible>>
where
    B: Body + Send + 'static,
    B::Error: Display,
{
    let context = Context { daemon, settings, caller: None };
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        // They were looked at already, for all addresses by which this machine is reached.
        .disable_allowed_hosts();
    let sessions = Arc::new(NeverSessionManager::default());
    let service =
        StreamableHttpService::new(move || Ok(Server::new(context.clone())), sessions, config);
    service.handle(request).await
}
