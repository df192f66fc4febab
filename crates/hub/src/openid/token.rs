//! The token by which a provider says who somebody is. Pure: what it is held against is given.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

use super::Error;

/// How far clocks may be apart, in seconds.
const LEEWAY: i64 = 120;
/// The longest token, in bytes.
const TOKEN_MAX: usize = 64 * 1024;

/// Somebody, as the provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    /// The provider's own id of them, which stays.
    pub subject: String,
    /// Their address, where the provider has confirmed that it is theirs.
    pub email: Option<String>,
}

/// The provider's keys.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    /// In seconds since the Unix epoch.
    pub now: i64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    All(Vec<String>),
}

/// What is signed, by which algorithm and key, and the signature.
struct Signed<'a> {
    header: Header,
    message: &'a str,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

fn taken_apart(token: &str) -> Result<Signed<'_>, Error> {
    const SHAPE: Error = Error::Token("it is no signed token");
    if token.len() > TOKEN_MAX {
        return Err(SHAPE);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(SHAPE)?;
    let (header, claims) = message.split_once('.').ok_or(SHAPE)?;
    let bytes = |part: &str| BASE64.decode(part).map_err(|_| SHAPE);
    let header = serde_json::from_slice(&bytes(header)?).map_err(|_| SHAPE)?;
    Ok(Signed { header, message, claims: bytes(claims)?, signature: bytes(signature)? })
}

/// Whether a key that it names is among these: where not, the provider may have new ones.
pub fn is_known(token: &str, keys: &Keys) -> bool {
    let header = taken_apart(token).map(|signed| signed.header);
    header.is_ok_and(|header| keys.fitting(&header).next().is_some())
}

/// Who it says that somebody is; an error where it is not the provider's, or not for this.
pub fn verified(token: &str, keys: &Keys, wanted: Wanted<'_>) -> Result<Identity, Error> {
    let signed = taken_apart(token)?;
    let is_signed = keys.fitting(&signed.header).any(|key| {
        key.has_signed(&signed.header.alg, signed.message.as_bytes(), &signed.signature)
    });
    if !is_signed {
        return Err(Error::Token("no key of the provider has signed it"));
    }
    let claims: Claims = serde_json::from_slice(&signed.claims)
        .map_err(|_| Error::Token("it does not say what it must"))?;
    let (is_for, several) = match &claims.aud {
        Audience::One(one) => (one == wanted.client, false),
        Audience::All(all) => (all.iter().any(|one| one == wanted.client), all.len() > 1),
    };
    let party = claims.azp.as_deref();
    let now = wanted.now as f64;
    let leeway = LEEWAY as f64;
    let wrong = [
        (claims.iss != wanted.issuer, "another provider has made it"),
        (!is_for, "it is for another program"),
        (party.map_or(several, |party| party != wanted.client), "it is for another program"),
        (claims.exp <= now - leeway, "it is too old"),
        (claims.iat >= now + leeway, "it is of the future"),
        (claims.nonce.as_deref() != Some(wanted.nonce), "it is the answer to another question"),
        (claims.sub.is_empty() || claims.sub.len() > 255, "it does not say who somebody is"),
    ];
    if let Some((_, why)) = wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
        return Err(Error::Token(why));
    }
    let confirmed = claims.email_verified == true || claims.email_verified.as_str() == Some("true");
    let email = claims.email.filter(|_| confirmed).map(|email| email.to_ascii_lowercase());
    Ok(Identity { issuer: claims.iss, subject: claims.sub, email })
}

impl Keys {
    /// Those by which a token with this header may be signed.
    fn fitting<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(|key| {
            let is_named = header.kid.is_none() || key.kid == header.kid;
            let signs = key.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
            let is_of = key.alg.as_ref().is_none_or(|alg| *alg == header.alg);
            is_named && signs && is_of
        })
    }
}

impl Key {
    /// Whether it has signed this, by an algorithm that is its own: a token does not choose
    /// another, or none, and no secret that is shared counts.
    fn has_signed(&self, alg: &str, message: &[u8], signature: &[u8]) -> bool {
        let bytes = |part: &Option<String>| BASE64.decode(part.as_deref()?).ok();
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: Option<Vec<u8>>| {
            key.is_some_and(|key| {
                UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
            })
        };
        let point = |curve: &str| {
            let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
            (self.crv.as_deref() == Some(curve))
                .then(|| [&[4_u8][..], x.as_slice(), y.as_slice()].concat())
        };
        match (self.kty.as_str(), alg) {
            ("RSA", _) => {
                let parameters = match alg {
                    "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                    "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                    "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                    "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
                    "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
                    "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
                    _ => return false,
                };
                let key = bytes(&self.n).zip(bytes(&self.e));
                key.is_some_and(|(n, e)| {
                    RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
                })
            }
            ("EC", "ES256") => by(&signature::ECDSA_P256_SHA256_FIXED, point("P-256")),
            ("EC", "ES384") => by(&signature::ECDSA_P384_SHA384_FIXED, point("P-384")),
            ("OKP", "EdDSA") => {
                let is_its = self.crv.as_deref() == Some("Ed25519");
                by(&signature::ED25519, bytes(&self.x).filter(|_| is_its))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that openssl has signed by RS256, and the key that it made for that.
    const RSA_TOKEN: &str = concat!(
        "eyJhbGciOiJSUzI1NiJ9",
        ".eyJpc3MiOiJqb2UiLCJleHAiOjEzMDA4MTkzODB9",
        ".AxeHx3WzZcZ3dLhuqDph0KS4fU_SXK66AJ1gxiJL1I-KNSGeMDLBH9ErsRY3L15wO3yWGibtGjfvFEUMePzdjGKoT-",
        "tEyAJMrImZS-KTMKflakzMEsR5Qpfv03-NwLhk0Foqeph4IQEEaV1TGpWdzZmCAT50iwDPP57t33hGkX3eUoPUItof",
        "yq3gzofqtehKcjPNvabVdEvfJIeSl-VApyL_WXRgtC96yw8r4G0-mMNT6pipvJ3hgn43VcQO_C-SdhegNXYdMgZFo8",
        "Cu1tTB6hMXES9QBewxmi3rzXOgDIBv_ScUQPlnAalZR_gRkVmVQkWjAR0eTBGgYGC7Tov44Q",
    );
    const RSA_KEY: &str = concat!(
        r#"{"keys":[{"kty":"RSA","e":"AQAB","n":""#,
        "lwzzJO0UVjZ4nJtBNLePqjU-HxsOi9Ehjkx4cIvyMcvLiv-qV_r4PK10QaSN_8FGcp1bQ8tfwqwrfBEtXfNlXTobYH",
        "fDjrq6sgqvwDLvoMkumZfDxUJecu45yAkyvKJsQ_IqZ5R7kKrfbfoPO5sfB7H-fhNqesyekG7_u0V37zV1M1AkQ5my",
        "AzQGDd2mshDJEnX2vMNMk83kj-MI08bOypXgymsiBg9NX4nb0AW-cLIPiQsc9g97t5hBl50KbJH2ZG6HstJRQqNUDj",
        "y7DIalsrPzXnzJh0FoMGg-5EKrGlD7Xq1JH2kCJ8pB78f54JpC-c-UcIxNRq61-yrdjSXQWw",
        r#""}]}"#,
    );

    #[test]
    fn only_the_key_that_has_signed_it_counts() {
        let keys: Keys = serde_json::from_str(RSA_KEY).unwrap();
        let signed = taken_apart(RSA_TOKEN).unwrap();
        let (alg, message) = (&signed.header.alg, signed.message.as_bytes());
        assert!(keys.keys[0].has_signed(alg, message, &signed.signature));
        for other in ["none", "HS256", "RS384", "PS256", "ES256", ""] {
            assert!(!keys.keys[0].has_signed(other, message, &signed.signature), "{other}");
        }
        assert!(!keys.keys[0].has_signed(alg, b"other", &signed.signature));
        let mut other = keys.clone();
        other.keys[0].kty = "EC".into();
        assert!(!other.keys[0].has_signed(alg, message, &signed.signature));
        other.keys[0].purpose = Some("enc".into());
        assert!(!is_known(RSA_TOKEN, &other) && is_known(RSA_TOKEN, &keys));
        // It is signed, and says nothing of what a token of this kind must.
        let wanted = Wanted { issuer: "joe", client: "c", nonce: "n", now: 1_300_819_000 };
        assert!(verified(RSA_TOKEN, &keys, wanted).is_err());
        for torn in ["", ".", "..", "a.b.c", &RSA_TOKEN[..RSA_TOKEN.len() - 1]] {
            assert!(verified(torn, &keys, wanted).is_err(), "{torn}");
        }
    }
}
