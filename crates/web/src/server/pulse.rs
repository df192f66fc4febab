//! Whether somebody is at the other end of a channel: who says nothing is asked, and who does not
//! answer is gone. Pure.

use std::time::Duration;

/// Between two looks.
pub const BEAT: Duration = Duration::from_secs(2);
/// Looks after which it is asked, and after which it is gone.
const ASK: u32 = 15;
const GONE: u32 = 45;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    Wait,
    Ask,
    Gone,
}

/// Looks since something came.
#[derive(Debug, Default)]
pub struct Pulse(u32);

impl Pulse {
    pub fn answered(&mut self) {
        self.0 = 0;
    }

    pub fn beat(&mut self) -> Beat {
        self.0 += 1;
        match self.0 {
            quiet if quiet >= GONE => Beat::Gone,
            quiet if quiet.is_multiple_of(ASK) => Beat::Ask,
            _ => Beat::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_stays() {
        let mut pulse = Pulse::default();
        for _ in 0..10 {
            let asked = (0..ASK).filter(|_| pulse.beat() == Beat::Ask).count();
            assert_eq!(asked, 1);
            pulse.answered();
        }
        let last = (0..GONE).map(|_| pulse.beat()).last();
        assert_eq!(last, Some(Beat::Gone));
    }
}
