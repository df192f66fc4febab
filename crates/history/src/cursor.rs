//! Cursors as they are kept: what shows whether there is anything new, as a line of JSON, and
//! behind it what only reading needs, compressed. After a turn there are thousands of which nothing
//! is new.

use segno_transcript::read::Cursor;

const LEVEL: i32 = 1;
/// What rules remember is bounded; something larger is not theirs.
const CARRY_MAX: usize = 16 << 20;

/// All but what rules remember. One that cannot be understood begins anew: what is read twice is
/// there once.
pub fn head(kept: &[u8]) -> Cursor {
    let line = kept.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice(line).unwrap_or_default()
}

/// Adds what rules remember.
pub fn add_carry(cursor: &mut Cursor, kept: &[u8]) {
    let packed = kept.iter().position(|byte| *byte == b'\n').map(|at| &kept[at + 1..]);
    let Some(packed) = packed.filter(|packed| !packed.is_empty()) else { return };
    let carry = zstd::bulk::decompress(packed, CARRY_MAX).ok();
    match carry.and_then(|carry| serde_json::from_slice(&carry).ok()) {
        Some(carry) => cursor.carry = carry,
        None => *cursor = Cursor::default(),
    }
}

pub fn pack(mut cursor: Cursor) -> serde_json::Result<Vec<u8>> {
    let carry = std::mem::take(&mut cursor.carry);
    let mut kept = serde_json::to_vec(&cursor)?;
    if carry != Default::default() {
        kept.push(b'\n');
        let packed = zstd::bulk::compress(&serde_json::to_vec(&carry)?, LEVEL);
        kept.extend(packed.map_err(serde_json::Error::io)?);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(kept: &[u8]) -> Cursor {
        let mut cursor = head(kept);
        add_carry(&mut cursor, kept);
        cursor
    }

    #[test]
    fn a_cursor_comes_back_also_as_it_was_kept_before_and_a_broken_one_begins_anew() {
        let said = serde_json::json!({"offset": 7, "carry": {"facts": {"title": "é\n"}}});
        let cursor: Cursor = serde_json::from_value(said.clone()).unwrap();
        assert_ne!(cursor.carry, Default::default());
        let kept = pack(cursor.clone()).unwrap();
        assert_eq!(unpacked(&kept), cursor);
        assert_eq!(head(&kept), Cursor { offset: 7, ..Cursor::default() });
        let before = serde_json::to_vec(&cursor).unwrap();
        assert_eq!(unpacked(&before), cursor);
        let none = pack(Cursor::default()).unwrap();
        assert_eq!(unpacked(&none), Cursor::default());
        for broken in [&b""[..], b"7", b"{\"offset\":7}\nxx", &kept[..kept.len() - 3]] {
            assert_eq!(unpacked(broken), Cursor::default(), "{broken:?}");
        }
    }
}
