//! Days of the calendar, without a clock or a time zone.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day, counted from 1970-01-01; written `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(i32);

/// The days that can be written: up to the end of the year 9999.
const LAST: i64 = 2_932_896;

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day; write it as in 2026-11-21")]
pub struct InvalidDay;

impl Day {
    /// The day of a moment (seconds since the Unix epoch) where clocks are ahead by `offset`
    /// seconds.
    pub fn of(seconds: u64, offset: i32) -> Day {
        let local = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_add(offset.into());
        Day(local.div_euclid(86_400).clamp(0, LAST) as i32)
    }

    /// So many days earlier.
    pub fn back(self, days: u32) -> Day {
        Day(self.0.saturating_sub_unsigned(days).max(0))
    }

    /// Year, month and day of the month, by the algorithm of Hinnant's `civil_from_days`.
    fn civil(self) -> (i32, i32, i32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year + era * 400 + i32::from(month <= 2), month, day)
    }

    fn from_civil(year: i32, month: i32, day: i32) -> Day {
        let year = year - i32::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }
}

impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day, as in `2026-11-21`.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Day, InvalidDay> {
        let number = |part: Option<&str>, digits: usize| {
            let part = part.filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<i32>().ok()).ok_or(InvalidDay)
        };
        let mut parts = text.split('-');
        let (year, month) = (number(parts.next(), 4)?, number(parts.next(), 2)?);
        let day = number(parts.next(), 2)?;
        let found = Day::from_civil(year, month, day);
        // Written again, a day that does not exist is another one.
        if parts.next().is_some() || found.0 < 0 || found.to_string() != text {
            return Err(InvalidDay);
        }
        Ok(found)
    }
}

impl TryFrom<String> for Day {
    type Error = InvalidDay;

    fn try_from(text: String) -> Result<Day, InvalidDay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(Day::of(0, 0).to_string(), "1970-01-01");
        assert_eq!(Day::of(0, -1).to_string(), "1970-01-01");
        assert_eq!(Day::of(1_763_730_000, 0).to_string(), "2025-11-21");
        assert_eq!(Day::of(1_763_765_999, 3601).to_string(), "2025-11-22");
        assert_eq!(Day::of(951_782_400, 0).to_string(), "2000-02-29");
        assert_eq!("2025-03-01".parse::<Day>().unwrap().back(1).to_string(), "2025-02-28");
        assert_eq!(Day::of(u64::MAX, i32::MAX).to_string(), "9999-12-31");
        for bad in ["", "2025-02-29", "2025-13-01", "2025-1-1", "1969-12-31", "2025-01-01-"] {
            assert_eq!(bad.parse::<Day>(), Err(InvalidDay), "{bad}");
        }
    }

    #[test]
    fn every_day_survives_its_text() {
        for n in (0..LAST as i32).step_by(97) {
            assert_eq!(Day(n).to_string().parse(), Ok(Day(n)));
        }
    }
}
