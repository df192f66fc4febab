//! What only a browser can read: RFC 8291, in one record of RFC 8188.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use super::{Keys, PushError};

/// Of a record: the whole is one.
const RECORD: u32 = 4096;
/// Bytes of a text that fit into it: what services carry, without the head, the mark and the tag.
const TEXT_MAX: usize = 3800;
/// A public key, uncompressed.
const PUBLIC: usize = 65;
const SALT: usize = 16;
const KEY: usize = 16;
const NONCE: usize = 12;

/// So many bytes are wanted of a key's derivation.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derived<const N: usize>(key: &Prk, about: &[&[u8]]) -> Result<[u8; N], PushError> {
    let mut bytes = [0; N];
    let filled = key.expand(about, Length(N)).and_then(|found| found.fill(&mut bytes));
    filled.map(|()| bytes).map_err(|_| PushError::Key)
}

/// The key and the nonce of one record.
fn record_keys(salt: &[u8], secret: &[u8]) -> Result<([u8; KEY], [u8; NONCE]), PushError> {
    let key = Salt::new(HKDF_SHA256, salt).extract(secret);
    let content = derived(&key, &[b"Content-Encoding: aes128gcm\0"])?;
    Ok((content, derived(&key, &[b"Content-Encoding: nonce\0"])?))
}

/// What both sides know, of what was agreed.
fn known_to_both(
    agreed: &[u8],
    auth: &[u8],
    browsers: &[u8],
    ours: &[u8],
) -> Result<[u8; 32], PushError> {
    let key = Salt::new(HKDF_SHA256, auth).extract(agreed);
    derived(&key, &[b"WebPush: info\0", browsers, ours])
}

/// Seals a text; a longer one is cut.
pub fn seal(keys: &Keys, text: &[u8]) -> Result<Vec<u8>, PushError> {
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let browsers = decoded(&keys.p256dh).filter(|key| key.len() == PUBLIC);
    let browsers = browsers.ok_or(PushError::Subscription("its key is none"))?;
    let auth = decoded(&keys.auth).filter(|auth| auth.len() == SALT);
    let auth = auth.ok_or(PushError::Subscription("its secret is none"))?;

    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).map_err(|_| PushError::Key)?;
    let ours = own.compute_public_key().map_err(|_| PushError::Key)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &browsers);
    let secret = agree_ephemeral(own, &theirs, |agreed| {
        known_to_both(agreed, &auth, &browsers, ours.as_ref())
    })
    .map_err(|_| PushError::Subscription("its key is none"))??;

    let mut salt = [0; SALT];
    random.fill(&mut salt).map_err(|_| PushError::Key)?;
    let (key, nonce) = record_keys(&salt, &secret)?;
    let mut sealed = text[..text.len().min(TEXT_MAX)].to_vec();
    // This is the last record.
    sealed.push(2);
    let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| PushError::Key)?;
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
        .map_err(|_| PushError::Key)?;

    let mut letter = salt.to_vec();
    letter.extend(RECORD.to_be_bytes());
    letter.push(PUBLIC as u8);
    letter.extend(ours.as_ref());
    letter.extend(sealed);
    Ok(letter)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What a browser does: a subscription's keys, and how it opens one letter.
    pub fn browser() -> (Keys, impl FnOnce(&[u8]) -> Vec<u8>) {
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = own.compute_public_key().unwrap().as_ref().to_vec();
        let auth = [7; SALT];
        let keys =
            Keys { p256dh: URL_SAFE_NO_PAD.encode(&public), auth: URL_SAFE_NO_PAD.encode(auth) };
        let open = move |letter: &[u8]| {
            let (head, sealed) = letter.split_at(SALT + 5 + PUBLIC);
            assert_eq!(head[SALT..SALT + 5], [0, 0, 16, 0, 65]);
            let theirs = &head[SALT + 5..];
            let key = UnparsedPublicKey::new(&ECDH_P256, theirs);
            let secret =
                agree_ephemeral(own, &key, |agreed| known_to_both(agreed, &auth, &public, theirs));
            let (key, nonce) = record_keys(&head[..SALT], &secret.unwrap().unwrap()).unwrap();
            let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).unwrap());
            let nonce = Nonce::assume_unique_for_key(nonce);
            let mut sealed = sealed.to_vec();
            let text = key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap();
            assert_eq!(text.last(), Some(&2));
            text[..text.len() - 1].to_vec()
        };
        (keys, open)
    }

    /// The example in RFC 8291, section 5, and what its appendix derives of it.
    #[test]
    fn keys_are_derived_as_in_the_standard() {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let secret = known_to_both(
            &bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs"),
            &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
            &bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            &bytes(
                "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
            ),
        )
        .unwrap();
        assert_eq!(secret[..], bytes("S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg")[..]);
        let (key, nonce) = record_keys(&bytes("DGv6ra1nlYgDCS1FRnbzlw"), &secret).unwrap();
        assert_eq!(key[..], bytes("oIhVW04MRdy2XN9CiKLxTg")[..]);
        assert_eq!(nonce[..], bytes("4h_95klXJ5E_qnoN")[..]);
    }

    #[test]
    fn a_browser_reads_what_is_sealed_for_it_alone() {
        let (keys, open) = browser();
        let letter = seal(&keys, "it asks: ls".as_bytes()).unwrap();
        assert!(!letter.windows(3).any(|found| found == b"ask"));
        assert_eq!(open(&letter), b"it asks: ls");
        assert_ne!(letter, seal(&keys, b"it asks: ls").unwrap(), "each has its own salt");
        assert!(seal(&keys, &[b'x'; 9000]).unwrap().len() < 4096, "services carry no more");
        let no_key = Keys { p256dh: URL_SAFE_NO_PAD.encode([4; PUBLIC]), ..keys };
        assert!(seal(&no_key, b"x").is_err());
    }
}
