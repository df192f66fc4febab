//! Who pushes: a key of this server's, and a token signed by it (VAPID, RFC 8292).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::PushError;

/// How long a token is good, in seconds; a day is the most.
const GOOD_S: u64 = 12 * 3600;

/// A key that signs.
pub struct Signer(EcdsaKeyPair);

impl Signer {
    /// A new key, as it is stored: PKCS#8.
    pub fn new_key() -> Result<Vec<u8>, PushError> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(made.map_err(|_| PushError::Key)?.as_ref().to_vec())
    }

    pub fn of(key: &[u8]) -> Result<Signer, PushError> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &SystemRandom::new());
        pair.map(Signer).map_err(|_| PushError::Key)
    }

    /// By which browsers know this server.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key())
    }

    /// For a service at this origin.
    pub fn authorization(
        &self,
        origin: &str,
        from: Option<&str>,
        now_s: u64,
    ) -> Result<String, PushError> {
        let mut claims = json!({ "aud": origin, "exp": now_s + GOOD_S });
        if let Some(from) = from {
            claims["sub"] = from.into();
        }
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let token = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), token.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.map_err(|_| PushError::Key)?);
        Ok(format!("vapid t={token}.{signature}, k={}", self.public_key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    #[test]
    fn a_service_can_verify_who_pushes() {
        let key = Signer::new_key().unwrap();
        let signer = Signer::of(&key).unwrap();
        let said = signer.authorization("https://push.example", Some("https://a.b"), 100).unwrap();
        let (token, key) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(key))
            .verify(signed.as_bytes(), &bytes(signature))
            .unwrap();
        let claims = bytes(signed.split_once('.').unwrap().1);
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let wanted = json!({ "aud": "https://push.example", "exp": 43_300, "sub": "https://a.b" });
        assert_eq!(claims, wanted);
        assert_eq!(
            Signer::of(b"x").err().map(|e| e.to_string()).as_deref(),
            Some("no key could be made or used")
        );
    }
}
