//! An address as a picture of characters, for a phone's camera.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Two rows of dots in each line, light on dark; nothing where the text is too long.
pub fn picture(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    // A terminal's ground is dark more often than not, and cameras read both.
    let mut picture = code.render::<Dense1x2>();
    picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true);
    Some(picture.build())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_fits_into_a_terminal() {
        let picture = super::picture("http://127.0.0.1:8790/#ABCD-EFGH").unwrap();
        assert!(picture.lines().count() < 24, "{picture}");
        assert!(picture.lines().all(|line| line.chars().count() < 60));
        assert_eq!(super::picture(&"x".repeat(10_000)), None);
    }
}
