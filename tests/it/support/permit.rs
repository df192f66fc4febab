//! How many agents run at the same time, over all tests. Each needs a core and most of a gigabyte.

use std::sync::{Condvar, Mutex};

const AT_ONCE: usize = 2;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// The right to run so many agents.
pub struct Permit(usize);

impl Permit {
    pub fn wait(count: usize) -> Self {
        let running = RUNNING.lock().expect("counting does not panic");
        let wait = |running: &mut usize| *running > 0 && *running + count > AT_ONCE;
        *ENDED.wait_while(running, wait).expect("counting does not panic") += count;
        Self(count)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *RUNNING.lock().expect("counting does not panic") -= self.0;
        ENDED.notify_all();
    }
}
