//! Requests to other machines: over TLS, by the roots that the system trusts.
//!
//! Opens nothing by itself: whoever makes an [`ureq::Agent`] of this says where it goes, and when.

use std::sync::Arc;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// What every request of Segno begins with.
pub fn config() -> ConfigBuilder<AgentScope> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder().tls_config(tls)
}

/// For requests with a secret in them, which is for nobody else: no redirect is followed, and an
/// answer is handed over whatever its status is.
pub fn config_without_redirects() -> ConfigBuilder<AgentScope> {
    config().http_status_as_error(false).max_redirects(0).max_redirects_will_error(false)
}
