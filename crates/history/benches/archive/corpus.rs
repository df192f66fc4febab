//! Transcripts that are the same on every machine, below a home, with what describes them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Where they are, and what stands where in them.
pub const DESCRIPTION: &str = r#"
[[transcript]]
files = "{user_home}/transcripts/{session}.jsonl"
time = "/time"

[[transcript.conversation]]
title = "/title"
directory = "/directory"

[[transcript.message]]
where = { "/m" = "." }
id = "/m"
role = "/role"
text = "/text"

[[transcript.tool]]
where = { "/t" = "." }
id = "/t"
name = "/name"
input = "/input"
output = "/output"
"#;

pub struct Corpus {
    pub files: Vec<PathBuf>,
    pub bytes: u64,
}

const VOCABULARY: usize = 50_000;
const NEEDLES: usize = 8;
const DENSE: [&str; 4] =
    ["数据库连接超时", "セッションを復元する", "终端多路复用器", "검색이 느리다"];

/// Small and good enough (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 16) as usize % n
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct Words {
    words: Vec<String>,
    random: Random,
}

impl Words {
    fn new() -> Self {
        let mut random = Random(42);
        let mut words: Vec<String> = [
            "the", "error", "function", "of", "a", "to", "test", "file", "is", "return", "in",
            "run",
        ]
        .map(Into::into)
        .into();
        let syllables = [
            "ba", "cor", "den", "fi", "gru", "hal", "is", "ker", "lo", "men", "nor", "pel", "qua",
            "ro", "sti", "tum",
        ];
        while words.len() < VOCABULARY {
            let n = 1 + random.below(4);
            let word: String = (0..n).map(|_| syllables[random.below(syllables.len())]).collect();
            let other = syllables[random.below(syllables.len())];
            words.push(match random.below(8) {
                0 => format!("{word}_{other}"),
                1 => format!("{word}{}{}", other[..1].to_uppercase(), &other[1..]),
                2 => format!("src/{word}/{other}.rs"),
                3 => format!("{word}::{other}"),
                _ => word,
            });
        }
        Self { words, random }
    }

    fn between(&mut self, least: usize, most: usize) -> String {
        let n = least + self.random.below(most - least);
        self.text(n)
    }

    /// Frequent ones are frequent: the n-th word is about 1/n as likely as the first.
    fn text(&mut self, n: usize) -> String {
        let mut text = String::new();
        for _ in 0..n {
            let rank = (VOCABULARY as f64).powf(self.random.unit()) - 1.0;
            text.push_str(&self.words[(rank as usize + self.random.below(3)).min(VOCABULARY - 1)]);
            text.push(' ');
        }
        if self.random.below(50) == 0 {
            text.push_str(DENSE[self.random.below(DENSE.len())]);
        }
        text
    }
}

impl Corpus {
    /// Writes conversations of turns: a prompt, a tool call, its output, an answer.
    pub fn make(home: &Path, messages: usize) -> Self {
        let directory = home.join("transcripts");
        fs::create_dir_all(&directory).unwrap();
        let mut words = Words::new();
        let (mut files, mut bytes, mut made, mut needles) = (Vec::new(), 0, 0, 0);
        while made < messages {
            let id = format!("conversation-{:06}", files.len());
            let path = directory.join(format!("{id}.jsonl"));
            let mut file = BufWriter::new(File::create(&path).unwrap());
            let mut line = |value: Value| {
                let text = value.to_string() + "\n";
                bytes += text.len() as u64;
                file.write_all(text.as_bytes()).unwrap();
            };
            let project = words.random.below(40);
            line(
                json!({"directory": format!("/home/dev/project-{project:02}"), "title": words.text(6)}),
            );
            for _ in 0..1 + words.random.below(12) {
                let time = 1_780_000_000_000_u64 + made as u64 * 60_000;
                let mut ask = words.between(4, 60);
                if needles < NEEDLES && made * NEEDLES >= needles * messages {
                    ask.push_str(&format!("needle-{needles:02}"));
                    needles += 1;
                }
                let command = format!("cargo test {}", words.text(1));
                let length = [10, 40, 150, 600][words.random.below(4)];
                line(json!({"m": made, "role": "user", "time": time, "text": ask}));
                line(
                    json!({"t": made, "time": time, "name": "shell", "input": {"command": command}}),
                );
                line(json!({"t": made, "output": words.text(length)}));
                line(
                    json!({"m": made + 1, "role": "assistant", "time": time, "text": words.between(20, 250)}),
                );
                made += 4;
            }
            files.push(path);
        }
        Self { files, bytes }
    }
}
