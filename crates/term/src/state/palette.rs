//! The colours that answer a program's colour queries.
//!
//! They never change what is drawn: cells keep symbolic colours, so the outer terminal's theme
//! applies. Only a program's own overrides (OSC 4, 10, 11, 12) become drawn colours.

/// A colour of 8 bits per channel.
pub type Rgb = (u8, u8, u8);

/// The colours of the user's terminal, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// The text's colour.
    pub fg: Rgb,
    /// The ground's.
    pub bg: Rgb,
    /// The cursor's.
    pub cursor: Rgb,
    /// The sixteen named colours.
    pub named: [Rgb; 16],
}

impl Default for Palette {
    /// xterm's colours, light on dark.
    fn default() -> Palette {
        Palette {
            fg: (0xd8, 0xd8, 0xd8),
            bg: (0x18, 0x18, 0x18),
            cursor: (0xd8, 0xd8, 0xd8),
            named: [
                (0x00, 0x00, 0x00),
                (0xcd, 0x00, 0x00),
                (0x00, 0xcd, 0x00),
                (0xcd, 0xcd, 0x00),
                (0x00, 0x00, 0xee),
                (0xcd, 0x00, 0xcd),
                (0x00, 0xcd, 0xcd),
                (0xe5, 0xe5, 0xe5),
                (0x7f, 0x7f, 0x7f),
                (0xff, 0x00, 0x00),
                (0x00, 0xff, 0x00),
                (0xff, 0xff, 0x00),
                (0x5c, 0x5c, 0xff),
                (0xff, 0x00, 0xff),
                (0x00, 0xff, 0xff),
                (0xff, 0xff, 0xff),
            ],
        }
    }
}

impl Palette {
    /// The colour of a palette entry: the named ones, then xterm's cube and greys.
    pub fn indexed(&self, index: u8) -> Rgb {
        match index {
            0..=15 => self.named[index as usize],
            16..=231 => {
                let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
                let n = index - 16;
                (level(n / 36), level(n / 6 % 6), level(n % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                (grey, grey, grey)
            }
        }
    }

    /// Whether the background is dark (what `CSI ? 996 n` asks).
    pub fn is_dark(&self) -> bool {
        let (r, g, b) = self.bg;
        // Rec. 601 luma, in thousandths.
        299 * r as u32 + 587 * g as u32 + 114 * b as u32 <= 127_500
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cube_and_the_greys_are_xterms() {
        let p = Palette::default();
        assert_eq!(p.indexed(16), (0, 0, 0));
        assert_eq!(p.indexed(196), (255, 0, 0));
        assert_eq!(p.indexed(231), (255, 255, 255));
        assert_eq!(p.indexed(232), (8, 8, 8));
        assert_eq!(p.indexed(255), (238, 238, 238));
        assert!(p.is_dark());
    }
}
