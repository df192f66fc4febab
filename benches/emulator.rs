//! What the emulator and the renderer cost: megabytes per second of four kinds of output, and
//! microseconds per dump, drawing and frame. `cargo bench --bench emulator [STREAM]`; for exact
//! comparisons run it under `valgrind --tool=callgrind`, where times are of no use but counts are.

use std::hint::black_box;
use std::time::{Duration, Instant};

use segno::base::frame::Frame;
use segno::base::geometry::Size;
use segno::render::{Capabilities, Renderer};
use segno::term::{Emulator, Options};

const SIZE: Size = Size { cols: 200, rows: 50 };

/// A small generator, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
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

fn stream(kind: &str, size: usize) -> Vec<u8> {
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
                out += "\r\n";
            }
            "sgr" => {
                for _ in 0..100 {
                    let (fg, bg) = (random.below(256), random.below(256));
                    let attr = [1, 3, 4, 22, 23, 24][random.below(6) as usize];
                    let ch = (b'a' + random.below(26) as u8) as char;
                    out += &format!("\x1b[38;5;{fg};48;5;{bg};{attr}m{ch}");
                }
                out += "\x1b[0m\r\n";
            }
            "unicode" => {
                for _ in 0..20 + random.below(70) {
                    out.push(unicode[random.below(unicode.len() as u64) as usize]);
                }
                out += "\r\n";
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

fn feed(emulator: &mut Emulator, bytes: &[u8]) {
    let mut events = Vec::new();
    for chunk in bytes.chunks(48 * 1024) {
        emulator.advance(chunk, Instant::now(), &mut events);
    }
}

/// The shortest of several runs.
fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn main() {
    let wanted = std::env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    let quick = std::env::var_os("QUICK").is_some();
    for kind in ["ascii", "sgr", "unicode", "cursor"] {
        if wanted.as_ref().is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let bytes = stream(kind, if quick { 1_000_000 } else { 8_000_000 });
        let mut emulator = Emulator::new(SIZE, Options::default());
        let time = best(if quick { 1 } else { 5 }, || feed(&mut emulator, &bytes));
        println!("{kind:8} {:7.0} MB/s", bytes.len() as f64 / 1e6 / time.as_secs_f64());
        if quick {
            continue;
        }
        let dump = best(5, || drop(black_box(emulator.dump())));
        println!("         {dump:9.1?} dump");
        let mut frame = Frame::new(SIZE);
        let area = frame.area();
        let draw = best(50, || {
            frame = Frame::new(SIZE);
            emulator.draw(&mut frame, area);
        });
        println!("         {draw:9.1?} new frame, drawn");
        let mut renderer = Renderer::new(Capabilities::full());
        let mut out = Vec::new();
        renderer.render(&frame, &mut out);
        let same = best(50, || renderer.render(black_box(&frame), &mut out));
        println!("         {same:9.1?} unchanged frame");
        feed(&mut emulator, b"\r\nanother line");
        let mut next = Frame::new(SIZE);
        emulator.draw(&mut next, area);
        let mut times = Vec::new();
        for _ in 0..20 {
            let start = Instant::now();
            renderer.render(&next, &mut out);
            times.push(start.elapsed());
            renderer.render(&frame, &mut out);
        }
        println!("         {:9.1?} frame scrolled by a line", times.iter().min().unwrap());
    }
}
