//! Times as users write them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// The time and where: days begin at midnight of this zone.
#[derive(Debug, Clone)]
pub struct Now {
    pub time: Timestamp,
    pub zone: TimeZone,
}

impl Now {
    /// By the system's clock and zone.
    pub fn system() -> Self {
        Self { time: Timestamp::now(), zone: TimeZone::system() }
    }

    pub fn milliseconds(&self) -> i64 {
        self.time.as_millisecond()
    }

    /// Milliseconds since the Unix epoch at the beginning of this second: what agents that note
    /// whole seconds say of now.
    pub fn second(&self) -> i64 {
        self.time.as_second() * 1000
    }

    /// A time to read: `2026-11-29 14:03`.
    pub fn show(&self, milliseconds: i64) -> String {
        match Timestamp::from_millisecond(milliseconds) {
            Ok(time) => time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
            Err(_) => "?".into(),
        }
    }
}

/// Milliseconds since the Unix epoch of `2026-11-29`, `2026-11`, `2026-11-29T14:00:00Z`, `today`,
/// `yesterday`, or so long ago: `90m`, `12h`, `7d`, `2w`.
pub fn parse(text: &str, now: &Now) -> Option<i64> {
    let midnight = |date: Date| Some(date.to_zoned(now.zone.clone()).ok()?.timestamp());
    let today = now.time.to_zoned(now.zone.clone()).date();
    let time = match text {
        "today" => midnight(today)?,
        "yesterday" => midnight(today.checked_sub(1.day()).ok()?)?,
        _ => {
            if let Some(ago) = ago(text) {
                now.time.checked_sub(ago).ok()?
            } else if let Ok(time) = text.parse::<Timestamp>() {
                time
            } else if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
                time.to_zoned(now.zone.clone()).ok()?.timestamp()
            } else if text.len() == 7 {
                midnight(format!("{text}-01").parse().ok()?)?
            } else {
                midnight(text.parse().ok()?)?
            }
        }
    };
    Some(time.as_millisecond())
}

fn ago(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().next_back().filter(char::is_ascii)?;
    let number: i64 = text[..text.len() - 1].parse().ok().filter(|n| (0..100_000).contains(n))?;
    let hours = match unit {
        'm' => return Some(SignedDuration::from_mins(number)),
        'h' => number,
        'd' => number * 24,
        'w' => number * 24 * 7,
        _ => return None,
    };
    Some(SignedDuration::from_hours(hours))
}
