//! What is asked of the provider. Everything here blocks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use ureq::Agent;

use super::token::{self, Identity, Keys, Wanted};
use super::{Error, Settings};
use segno_web::access::secret;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest answer, in bytes.
const ANSWER_MAX: u64 = 1 << 20;
/// How long what a provider says of itself is believed, and how soon it is asked for keys again.
const KNOWN_MS: i64 = 3_600_000;
const AGAIN_MS: i64 = 60_000;

/// A provider that people may sign in at.
pub struct Openid {
    settings: Settings,
    /// Where browsers come back to.
    back: String,
    agent: Agent,
    known: Mutex<Option<Known>>,
}

/// Somebody has set out for the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Where their browser goes.
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

#[derive(Clone)]
struct Known {
    of: Described,
    keys: Keys,
    since: i64,
}

#[derive(Clone, Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Answered {
    id_token: String,
}

impl Openid {
    /// `place`: where this hub is reached.
    pub fn new(settings: Settings, place: &str) -> Openid {
        let config = segno_net::config_without_redirects().timeout_global(Some(PATIENCE)).build();
        let back = format!("{place}/login/openid/back");
        Openid { settings, back, agent: config.new_agent(), known: Mutex::default() }
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        let host = || self.settings.issuer.split('/').nth(2).unwrap_or_default();
        self.settings.name.as_deref().unwrap_or_else(host)
    }

    pub fn domains(&self) -> &[String] {
        &self.settings.domains
    }

    /// Begins: where the browser is to go, and what has to be known when it comes back.
    pub fn begin(&self, now: i64) -> Result<Started, Error> {
        let of = self.known(now)?.of;
        let (state, nonce, verifier) = (secret::cookie()?, secret::cookie()?, secret::cookie()?);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.back),
            ("scope", "openid email profile"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let sign = if of.authorization_endpoint.contains('?') { '&' } else { '?' };
        let url = format!("{}{sign}{query}", of.authorization_endpoint);
        Ok(Started { url, state, nonce, verifier })
    }

    /// Whether an answer that names its sender is this provider's.
    pub fn is_sender(&self, issuer: Option<&str>) -> bool {
        issuer.is_none_or(|issuer| issuer == self.settings.issuer)
    }

    /// Exchanges a code for who somebody is.
    pub fn finish(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
        now: i64,
    ) -> Result<Identity, Error> {
        let known = self.known(now)?;
        let id_token = self.exchange(&known.of, code, verifier)?;
        let mut keys = known.keys;
        if !token::is_known(&id_token, &keys) {
            keys = self.asked_again(now)?.keys;
        }
        let settings = &self.settings;
        let wanted = Wanted {
            issuer: &settings.issuer,
            client: &settings.client_id,
            nonce,
            now: now / 1000,
        };
        token::verified(&id_token, &keys, wanted)
    }

    fn exchange(&self, of: &Described, code: &str, verifier: &str) -> Result<String, Error> {
        let settings = &self.settings;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.back.as_str()),
            ("client_id", settings.client_id.as_str()),
            ("code_verifier", verifier),
        ];
        let mut request =
            self.agent.post(of.token_endpoint.as_str()).header("accept", "application/json");
        let ways = &of.token_endpoint_auth_methods_supported;
        let has = |way: &str| ways.iter().any(|one| one == way);
        if let Some(secret) = &settings.client_secret {
            // What it does not say is the first way.
            if has("client_secret_post") && !has("client_secret_basic") {
                fields.push(("client_secret", secret.as_str()));
            } else {
                let pair = format!("{}:{}", encoded(&settings.client_id), encoded(secret));
                let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
                request = request.header("authorization", basic);
            }
        }
        let answer = request
            .header("content-type", "application/x-www-form-urlencoded")
            .send(form(&fields))
            .map_err(|error| Error::Away(error.to_string()))?;
        Ok(read::<Answered>(answer, "a token")?.id_token)
    }

    fn known(&self, now: i64) -> Result<Known, Error> {
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match kept.filter(|known| now - known.since < KNOWN_MS) {
            Some(known) => Ok(known),
            None => self.look_up(now),
        }
    }

    /// Its keys may be new; whoever makes up a key's name does not make this ask all the time.
    fn asked_again(&self, now: i64) -> Result<Known, Error> {
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match kept.filter(|known| now - known.since < AGAIN_MS) {
            Some(known) => Ok(known),
            None => self.look_up(now),
        }
    }

    fn look_up(&self, now: i64) -> Result<Known, Error> {
        let issuer = &self.settings.issuer;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let of: Described = self.get(&url, "what it is")?;
        if of.issuer != *issuer {
            return Err(Error::Answer("it calls itself otherwise than `issuer`".into()));
        }
        let keys = self.get(&of.jwks_uri, "its keys")?;
        let known = Known { of, keys, since: now };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }

    fn get<T: DeserializeOwned>(&self, url: &str, what: &str) -> Result<T, Error> {
        let answer = self.agent.get(url).header("accept", "application/json").call();
        read(answer.map_err(|error| Error::Away(error.to_string()))?, what)
    }
}

fn read<T: DeserializeOwned>(
    mut answer: ureq::http::Response<ureq::Body>,
    what: &str,
) -> Result<T, Error> {
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(Error::Answer(format!("{what}: status {status}")));
    }
    let body = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
    let body = body.map_err(|error| Error::Away(error.to_string()))?;
    // What is in it may be secret.
    serde_json::from_slice(&body).map_err(|_| Error::Answer(format!("{what}: no such JSON")))
}

/// As a form is sent.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
