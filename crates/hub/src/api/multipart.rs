//! A form with files in it, as it is sent: all of it is at hand, so it is only taken apart. Pure.

/// A part, by the name of its field.
#[derive(Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: String,
    /// Of a file.
    pub file: Option<String>,
    pub bytes: &'a [u8],
}

/// The longest head of a part, and the most parts.
const HEAD_MAX: usize = 4096;
const FIELDS_MAX: usize = 64;

/// Takes a body apart by what its `Content-Type` says; `None` where it is no such form.
pub fn fields<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Field<'a>>> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(rest, "boundary").filter(|b| (1..=70).contains(&b.len()))?;
    let line = format!("--{boundary}").into_bytes();
    let between = [b"\r\n", line.as_slice()].concat();
    let mut rest = body.strip_prefix(line.as_slice())?;
    let mut fields = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(fields);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let head_end = position(&rest[..rest.len().min(HEAD_MAX)], b"\r\n\r\n")?;
        let (head, after) = (std::str::from_utf8(&rest[..head_end]).ok()?, &rest[head_end + 4..]);
        let end = position(after, &between)?;
        let said = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let name = parameter(said, "name")?;
        fields.push(Field { name, file: parameter(said, "filename"), bytes: &after[..end] });
        if fields.len() > FIELDS_MAX {
            return None;
        }
        rest = &after[end + between.len()..];
    }
}

/// `; name=value`, or `; name="value"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
    let value = value.trim();
    Some(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).to_owned())
}

fn position(text: &[u8], piece: &[u8]) -> Option<usize> {
    // Most of a file is no line's end.
    let first = *piece.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|byte| *byte == first)?;
        if text[at..].starts_with(piece) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=b0";

    #[test]
    fn a_form_is_taken_apart_and_a_torn_one_is_none() {
        let body = b"--b0\r\nContent-Disposition: form-data; name=\"session_id\"\r\n\r\ns1\r\n\
            --b0\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.gz\"\r\n\
            Content-Type: application/gzip\r\n\r\n\x1f\x8b\r\n--b1\r\n\x00\r\n--b0--\r\n";
        let fields = fields(KIND, body).unwrap();
        assert_eq!((fields[0].name.as_str(), fields[0].bytes), ("session_id", &b"s1"[..]));
        assert_eq!(fields[1].file.as_deref(), Some("a.gz"));
        assert_eq!(fields[1].bytes, b"\x1f\x8b\r\n--b1\r\n\x00");
        for end in 0..body.len() - 4 {
            assert_eq!(super::fields(KIND, &body[..end]), None, "{end}");
        }
        for kind in
            ["", "text/plain; boundary=b0", "multipart/form-data", "multipart/form-data; boundary="]
        {
            assert_eq!(super::fields(kind, body), None, "{kind}");
        }
    }
}
