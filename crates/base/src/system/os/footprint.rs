//! Giving back the memory that a start took and what follows does without: pages of the program's
//! file, and what was freed on the heap.
//!
//! Costs a few page faults where the program goes on, so it is done after a moment of rest. Must
//! not touch what belongs to this process alone: pages that the linker or the program wrote to.

use std::time::{Duration, Instant};

use nix::libc;

/// How long after the last use the memory is given back.
const REST: Duration = Duration::from_millis(400);

/// This process's memory, and when some of it is given back.
#[derive(Debug)]
pub struct Footprint {
    /// What is mapped from files and never written to: start and length.
    mapped: Vec<(usize, usize)>,
    due: Option<Instant>,
    /// When it is given back once more.
    later: Option<Instant>,
}

impl Footprint {
    /// Of a process that is just starting. Where the system does not say what is mapped, only the
    /// heap is given back.
    pub fn of_start(now: Instant) -> Footprint {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Footprint { mapped: unwritten(&maps), due: Some(now + REST), later: None }
    }

    /// Gives memory back once more at that time: a start may have left work for later.
    pub fn and_at(self, later: Instant) -> Footprint {
        Footprint { later: Some(later), ..self }
    }

    /// Something was done that is not done all the time.
    pub fn used(&mut self, now: Instant) {
        self.due = Some(now + REST);
    }

    /// When [`Footprint::shrink`] has something to do. `None` for most of a process's life.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Gives memory back when that is due.
    pub fn shrink(&mut self, now: Instant) {
        if self.due.take_if(|at| *at <= now).is_some() {
            self.give_back();
            self.due = self.later.take();
        }
    }

    fn give_back(&self) {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: takes a number; the allocator looks after its own locks.
        unsafe {
            libc::malloc_trim(0)
        };
        for &(start, length) in &self.mapped {
            // SAFETY: the range was mapped from a file when the program was loaded, is never
            // written to and never unmapped: what is dropped is read again as it was.
            unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED) };
        }
    }
}

/// The mappings of programs and libraries that are never written to, of `/proc/PID/maps`
/// (proc(5)): code, and the constants before it. Constants behind the code are left alone, since
/// those with addresses in them were written by the linker.
fn unwritten(maps: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut before: Option<Mapping<'_>> = None;
    for mapping in maps.lines().filter_map(Mapping::parse) {
        if mapping.flags == "r-xp" {
            ranges.extend(before.filter(|b| b.is_head_of(&mapping)).map(|b| b.range()));
            ranges.push(mapping.range());
        }
        before = Some(mapping);
    }
    ranges
}

/// A mapping of a file.
#[derive(Clone, Copy)]
struct Mapping<'a> {
    start: usize,
    end: usize,
    flags: &'a str,
    offset: &'a str,
    path: &'a str,
}

impl<'a> Mapping<'a> {
    fn parse(line: &'a str) -> Option<Mapping<'a>> {
        let mut words = line.split_ascii_whitespace();
        let (range, flags, offset) = (words.next()?, words.next()?, words.next()?);
        let path = words.nth(2).filter(|path| path.starts_with('/'))?;
        let (start, end) = range.split_once('-')?;
        let start = usize::from_str_radix(start, 16).ok()?;
        let end = usize::from_str_radix(end, 16).ok().filter(|end| *end > start)?;
        Some(Mapping { start, end, flags, offset, path })
    }

    /// Whether this is the beginning of the file whose code that is.
    fn is_head_of(&self, code: &Mapping<'_>) -> bool {
        let begins = self.offset.bytes().all(|digit| digit == b'0');
        self.flags == "r--p" && begins && self.end == code.start && self.path == code.path
    }

    fn range(&self) -> (usize, usize) {
        (self.start, self.end - self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
1000-3000 r--p 00000000 08:01 7 /bin/segno
3000-6000 r-xp 00002000 08:01 7 /bin/segno
6000-7000 r--p 00005000 08:01 7 /bin/segno
7000-8000 rw-p 00006000 08:01 7 /bin/segno
8000-9000 rw-p 00000000 00:00 0 [heap]
a000-b000 r--p 00000000 08:01 8 /lib/locale
b000-c000 r-xp 00001000 08:01 9 /lib/libc.so.6
c000-d000 rwxp 00000000 08:01 9 /lib/libc.so.6
e000-f000 r-xp 00000000 00:00 0 [vdso]
nonsense";

    #[test]
    fn only_what_is_never_written_to_is_given_back() {
        assert_eq!(unwritten(MAPS), [(0x1000, 0x2000), (0x3000, 0x3000), (0xb000, 0x1000)]);
        assert_eq!(unwritten(""), []);
    }

    #[test]
    fn memory_is_given_back_once_after_a_rest() {
        let start = Instant::now();
        let mut footprint = Footprint::of_start(start);
        footprint.used(start + REST);
        footprint.shrink(start + REST);
        assert_eq!(footprint.due(), Some(start + 2 * REST));
        footprint.shrink(start + 2 * REST);
        assert_eq!(footprint.due(), None);
        // The program is still there.
        footprint.give_back();

        let mut footprint = Footprint::of_start(start).and_at(start + 3 * REST);
        footprint.shrink(start + REST);
        assert_eq!(footprint.due(), Some(start + 3 * REST));
        footprint.shrink(start + 3 * REST);
        assert_eq!(footprint.due(), None);
    }
}
