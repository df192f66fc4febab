//! Codes that people type once, cookies that browsers keep, and the hashes of both that are stored.

use std::io;

use sha2::{Digest, Sha256};

use segno_base::system::random;
use segno_base::text::hex::hex;

/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Of a code: 40 bits, for ten minutes and few attempts.
const LETTERS: usize = 8;

/// A new code, as it is shown: `7K2M-XQ4D`.
pub fn code() -> io::Result<String> {
    let bytes = random::bytes()?;
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let letters: String = bytes.iter().take(LETTERS).map(letter).collect();
    Ok(format!("{}-{}", &letters[..LETTERS / 2], &letters[LETTERS / 2..]))
}

/// A new cookie: 64 hexadecimal digits.
pub fn cookie() -> io::Result<String> {
    Ok(hex(&random::bytes()?) + &hex(&random::bytes()?))
}

/// What is stored of a code, however it was typed.
pub fn hash_code(typed: &str) -> String {
    let plain = typed.chars().filter(char::is_ascii_alphanumeric).take(64);
    let letter = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    hash(&plain.map(letter).collect::<String>())
}

/// What is stored of a secret.
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_people_do() {
        let code = code().unwrap();
        assert_eq!(code.len(), 9);
        assert_eq!(hash_code(&code), hash_code(&code.to_lowercase().replace('-', " ")));
        assert_eq!(hash_code("O0Il-1111"), hash_code("00111111"));
        assert_ne!(hash_code(&code), hash_code(&self::code().unwrap()));
        assert_ne!(cookie().unwrap(), cookie().unwrap());
    }
}
