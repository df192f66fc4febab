//! The size of a picture, read without decoding it.

/// The widest and highest picture, in pixels.
const MAX_SIDE: u32 = 10_000;

/// The most pixels: whoever decodes it needs four bytes for each.
const MAX_PIXELS: u64 = 40_000_000;

/// A size that is not absurd.
pub(super) fn checked(width: u32, height: u32) -> Option<(u32, u32)> {
    let fits = |side| (1..=MAX_SIDE).contains(&side);
    let pixels = u64::from(width) * u64::from(height);
    (fits(width) && fits(height) && pixels <= MAX_PIXELS).then_some((width, height))
}

/// Of a PNG file: what its first chunk (IHDR) says.
pub(super) fn png(data: &[u8]) -> Option<(u32, u32)> {
    let rest = data.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let rest = rest.get(4..)?.strip_prefix(b"IHDR")?;
    let side = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    checked(side(0)?, side(4)?)
}

/// Of sixel data behind its `q`: what its raster attributes claim, or more where more is drawn.
pub(super) fn sixel(data: &[u8]) -> Option<(u32, u32)> {
    let (mut width, mut bands, mut drawn) = (0u32, 0u32, false);
    let (mut claimed_width, mut claimed_height) = (0, 0);
    let mut x = 0u32;
    let mut at = 0;
    let numbers = |at: &mut usize| {
        let mut all = [0u32; 5];
        let mut which = 0;
        while let Some(&byte) = data.get(*at) {
            match byte {
                b'0'..=b'9' => {
                    let digit = u32::from(byte - b'0');
                    all[which] = all[which].saturating_mul(10).saturating_add(digit);
                }
                b';' => which = (which + 1).min(all.len() - 1),
                _ => break,
            }
            *at += 1;
        }
        all
    };
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let [_, _, w, h, _] = numbers(&mut at);
                (claimed_width, claimed_height) = (w, h);
            }
            b'#' => {
                numbers(&mut at);
            }
            b'!' => {
                let [count, ..] = numbers(&mut at);
                if data.get(at).is_some_and(|b| (b'?'..=b'~').contains(b)) {
                    at += 1;
                    x = x.saturating_add(count.max(1));
                    drawn = true;
                }
            }
            b'?'..=b'~' => {
                x = x.saturating_add(1);
                drawn = true;
            }
            b'$' | b'-' => {
                width = width.max(x);
                x = 0;
                if byte == b'-' {
                    bands = bands.saturating_add(1);
                    drawn = false;
                }
            }
            _ => {}
        }
    }
    let height = (bands + u32::from(drawn)).saturating_mul(6);
    // The last band may be higher than what was claimed.
    let height = if claimed_height > 0 && height.abs_diff(claimed_height) < 6 {
        claimed_height
    } else {
        height.max(claimed_height)
    };
    checked(width.max(x).max(claimed_width), height)
}
