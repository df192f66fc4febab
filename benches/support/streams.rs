//! The four streams that are measured: text, dense colours, many scripts, and a moving cursor. The
//! same bytes every time.

/// What the streams are called.
pub const KINDS: [&str; 4] = ["ascii", "sgr", "unicode", "cursor"];

/// A small generator, the same every time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn word(&mut self) -> String {
        let length = 2 + self.below(9);
        (0..length).map(|_| (b'a' + self.below(26) as u8) as char).collect()
    }
}

/// At least `size` bytes of a kind, for 200 columns and 50 rows; every line ends with `newline`,
/// which a terminal's line discipline may make longer.
pub fn stream(kind: &str, size: usize, newline: &str) -> Vec<u8> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut out = String::new();
    let unicode: Vec<char> =
        "漢字仮名交じり文 こんにちは 世界 αβγδε привет мир 한국어 テスト é ü ñ 🙂🚀✨ ascii words "
            .chars()
            .collect();
    while out.len() < size {
        match kind {
            "ascii" => {
                let words: Vec<String> = (0..3 + random.below(20)).map(|_| random.word()).collect();
                out += &words.join(" ");
                out += newline;
            }
            "sgr" => {
                for _ in 0..100 {
                    let (fg, bg) = (random.below(256), random.below(256));
                    let attr = [1, 3, 4, 22, 23, 24][random.below(6) as usize];
                    let ch = (b'a' + random.below(26) as u8) as char;
                    out += &format!("\x1b[38;5;{fg};48;5;{bg};{attr}m{ch}");
                }
                out += "\x1b[0m";
                out += newline;
            }
            "unicode" => {
                for _ in 0..20 + random.below(70) {
                    out.push(unicode[random.below(unicode.len() as u64) as usize]);
                }
                out += newline;
            }
            _ => {
                let (y, x) = (1 + random.below(48), 1 + random.below(180));
                out += &format!("\x1b[{y};{x}H{}", random.word());
                if random.below(10) < 3 {
                    out += &format!("\x1b[3{}m\x1b[K", random.below(8));
                }
            }
        }
    }
    out.into_bytes()
}
