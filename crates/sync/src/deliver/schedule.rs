//! When a failed attempt is made again. Pure: the time and the randomness are given.

/// The first pause, and the longest, in milliseconds.
const FIRST: i64 = 2_000;
const LONGEST: i64 = 60 * 60 * 1000;
/// What a service may ask for at most.
const ASKED_MAX: i64 = 24 * 60 * 60 * 1000;

/// The pause after so many failures in a row, in milliseconds: twice as long each time, of which
/// the second half is left to chance, and never shorter than the service asks for.
pub fn pause(failures: u32, asked: Option<i64>, chance: u64) -> i64 {
    let doublings = failures.saturating_sub(1).min(20);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = whole / 2;
    let chance = i64::try_from(chance % half.unsigned_abs().saturating_add(1)).unwrap_or(0);
    let asked = asked.unwrap_or(0).clamp(0, ASKED_MAX);
    (half + chance).max(asked)
}

/// Whether an attempt is put off until then. No pause is so long as a clock that was set back makes
/// it look.
pub fn is_put_off(not_before: i64, now: i64) -> bool {
    (1..=ASKED_MAX).contains(&not_before.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_that_is_set_back_puts_nothing_off_for_years() {
        assert!(is_put_off(1_000, 0) && is_put_off(ASKED_MAX, 0));
        assert!(!is_put_off(1_000, 1_000) && !is_put_off(ASKED_MAX + 1, 0));
    }

    proptest! {
        #[test]
        fn a_pause_is_bounded_and_as_long_as_the_service_asks(
            failures: u32, asked in proptest::option::of(any::<i64>()), chance: u64,
        ) {
            let pause = pause(failures, asked, chance);
            prop_assert!(pause >= FIRST / 2);
            let asked = asked.unwrap_or(0).clamp(0, ASKED_MAX);
            prop_assert!(pause >= asked && pause <= LONGEST.max(asked));
        }

        #[test]
        fn it_never_gets_shorter_by_more_than_chance(failures in 1_u32..64, one: u64, other: u64) {
            prop_assert!(pause(failures + 1, None, one) * 2 >= pause(failures, None, other));
        }

        #[test]
        fn a_week_offline_takes_few_attempts(seed: u64) {
            let (mut time, mut failures) = (0, 0);
            while time < 7 * 24 * 60 * 60 * 1000 {
                failures += 1;
                time += pause(failures, None, seed.wrapping_mul(failures.into()));
            }
            prop_assert!((150..400).contains(&failures), "{failures}");
        }
    }
}
