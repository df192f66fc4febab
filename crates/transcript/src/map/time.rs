//! Times, however they are written, as milliseconds since the Unix epoch.

use serde_json::Value;

/// A number of seconds, milliseconds, microseconds or nanoseconds, distinguished by their size; or
/// a text as RFC 3339 has it, with a space for the `T` and without a zone as well, which is UTC
/// then.
pub fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => from_number(number.as_f64()?),
        Value::String(text) => from_text(text.trim()).or_else(|| from_number(text.parse().ok()?)),
        _ => None,
    }
}

fn from_number(number: f64) -> Option<i64> {
    if !(number.is_finite() && number > 0.0) {
        return None;
    }
    // Seconds until the year 5138, milliseconds since 1973.
    let milliseconds = match number {
        n if n < 1e11 => n * 1e3,
        n if n < 1e14 => n,
        n if n < 1e17 => n / 1e3,
        n if n < 1e20 => n / 1e6,
        _ => return None,
    };
    Some(milliseconds.round() as i64)
}

fn from_text(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    };
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|byte| any.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 24
        || minute > 59
        || second > 60
    {
        return None;
    }
    let mut rest = &bytes[19..];
    let mut milliseconds = 0;
    if let Some(after) = rest.strip_prefix(b".") {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let thousandth = after[..digits].iter().chain(b"000").take(3);
        milliseconds = thousandth.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        rest = &after[digits..];
    }
    let offset = match rest {
        b"" | b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let digits: Vec<i64> =
                zone.iter().filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0')).collect();
            let [h1, h0, m1, m0] = digits[..] else { return None };
            let minutes = (h1 * 10 + h0) * 60 + m1 * 10 + m0;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset * 60) * 1000 + milliseconds)
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March end with the day that some of them have more.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn times_are_known_in_any_form() {
        let expected = Some(1_780_000_000_123);
        for time in [
            json!("2026-05-28T20:26:40.123Z"),
            json!("2026-05-28T20:26:40.123456789Z"),
            json!("2026-05-28T22:26:40.123+02:00"),
            json!("2026-05-28 20:26:40.123"),
            json!("2026-05-28T15:56:40.123-0430"),
            json!(1_780_000_000_123_i64),
            json!(1_780_000_000.123),
            json!(1_780_000_000_123_456_i64),
            json!("1780000000123"),
        ] {
            assert_eq!(milliseconds(&time), expected, "{time}");
        }
        assert_eq!(milliseconds(&json!("1970-01-01T00:00:00Z")), Some(0));
        assert_eq!(milliseconds(&json!("2000-02-29T00:00:00Z")), Some(951_782_400_000));
        for none in [
            json!(null),
            json!(-1),
            json!(0),
            json!(1e300),
            json!("soon"),
            json!("2026-13-01T00:00:00Z"),
            json!([]),
        ] {
            assert_eq!(milliseconds(&none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9T:.+Z é-]{0,32}") {
            let _ = milliseconds(&json!(text));
        }
    }
}
