//! A pane's journal: every byte it prints, appended before it is parsed, so that neither a killed
//! daemon nor a power loss takes the screen and its history away.
//!
//! A journal is a directory of segments, `NNNNNNNN.vt`, of which the newest valid one counts. A
//! segment begins with a dump (the terminal's whole state) and continues with what was printed
//! since, so it can be replayed alone. `docs/journal.md` has the format.
//!
//! Written to the page cache at once, which a killed daemon survives; synced by the owner within
//! a second ([`Journal::sync`]), which a power loss survives. Must not know what the bytes mean.

mod replay;
mod segment;

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use segno_base::screen::geometry::Size;

pub use replay::{Damage, Record, Replay};
use segment::{Header, Kind, Segment};

/// How long after a failed write room is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// Why the journal could not be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The first write that failed; from here on there is a gap.
    #[error("cannot write the journal: {0}")]
    Write(#[source] io::Error),
    /// Nothing is written until a rotation succeeds: there is a gap, or no segment yet. Not worth
    /// a message of its own.
    #[error("the journal waits for a new segment")]
    Suspended,
}

/// The journal of one pane, open for appending.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    /// How much it may take on disk, about; 0 keeps everything off it.
    limit: u64,
    segment: Option<Segment>,
    /// The next one, until it is safe on the disk: output goes into both.
    next: Option<Segment>,
    /// How many bytes the pane's programs have printed so far, stored or not.
    offset: u64,
    /// Whether a write failed, so that what follows must begin with a dump.
    gap: bool,
    /// Whether a new segment would be good, though appending is possible.
    stale: bool,
    retry_at: Option<Instant>,
    dirty: bool,
    /// Whether the newest segment's name may be lost with the power.
    name_dirty: bool,
}

impl Journal {
    /// A journal that keeps nothing.
    pub fn disabled() -> Journal {
        Journal::open(Path::new(""), 0).0
    }

    /// Opens a pane's journal, which need not exist, and what it holds. Cuts a torn tail. Damage
    /// never is an error: it costs history, which [`Replay::damage`] reports.
    ///
    /// When [`Journal::wants_rotation`] says so after the replay, as it does for a new pane, a
    /// first [`Journal::rotate`] makes the journal take output.
    pub fn open(dir: &Path, limit: u64) -> (Journal, Replay) {
        let mut journal = Journal {
            dir: dir.to_owned(),
            limit,
            segment: None,
            next: None,
            offset: 0,
            gap: false,
            stale: false,
            retry_at: None,
            dirty: false,
            name_dirty: false,
        };
        if limit == 0 {
            // What should not be on disk should not stay there either.
            if !dir.as_os_str().is_empty() {
                let _ = Journal::remove(dir);
            }
            return (journal, Replay::nothing(None));
        }
        let mut damage = None;
        let mut numbers = match is_directory(dir) {
            Some(true) => numbers_of(dir, "vt"),
            Some(false) => return (journal, Replay::nothing(Some(Damage::Segment))),
            None => return (journal, Replay::nothing(None)),
        };
        numbers.sort_unstable();
        while let Some(number) = numbers.pop() {
            match open_segment(&path_of(dir, number, "vt"), number) {
                Some((segment, offset, replay)) => {
                    journal.offset = offset;
                    let damage = damage.or(replay.damage());
                    journal.stale = damage.is_some();
                    journal.segment = Some(segment);
                    return (journal, replay.with_damage(damage));
                }
                None => damage = Some(Damage::Segment),
            }
        }
        (journal, Replay::nothing(damage))
    }

    /// Appends what a pane has printed, before it is parsed. After an error output goes on being
    /// refused until a rotation succeeds, for a journal with a hole would replay to nonsense.
    pub fn append(&mut self, output: &[u8]) -> Result<(), JournalError> {
        self.offset += output.len() as u64;
        self.write(Kind::Output, output)
    }

    /// How many bytes the pane's programs have printed so far: the number of the next one. What a
    /// failed write lost counts too.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// A new segment would be good: what comes next depends on what no record says.
    pub fn outdate(&mut self) {
        self.stale = true;
    }

    /// What comes next has this number. Where that is not what the journal thinks, bytes are
    /// missing, and it wants to be begun anew.
    pub fn skip_to(&mut self, offset: u64) {
        self.stale |= self.offset != offset;
        self.offset = offset;
    }

    /// Records that the terminal has another size from here on.
    pub fn resize(&mut self, size: Size) -> Result<(), JournalError> {
        let [a, b] = size.cols.to_le_bytes();
        let [c, d] = size.rows.to_le_bytes();
        self.write(Kind::Resize, &[a, b, c, d])
    }

    /// Records that the pane was restored here, at this time since the Unix epoch.
    pub fn marker(&mut self, at_ms: u64) -> Result<(), JournalError> {
        self.write(Kind::Marker, &at_ms.to_le_bytes())
    }

    fn write(&mut self, kind: Kind, payload: &[u8]) -> Result<(), JournalError> {
        if self.limit == 0 {
            return Ok(());
        }
        let mut failed = None;
        if let Some(next) = &mut self.next
            && let Err(error) = next.append(kind, payload)
        {
            self.abandon();
            failed = Some(error);
        }
        let segment = self.segment.as_mut().filter(|_| !self.gap);
        let usable = segment.is_some() || self.next.is_some();
        if let Some(segment) = segment
            && let Err(error) = segment.append(kind, payload)
        {
            self.gap = true;
            self.retry_at.get_or_insert_with(|| Instant::now() + RETRY);
            failed = Some(error).filter(|_| self.next.is_none());
        } else if self.segment.is_some() && !self.gap {
            // The older one has it.
            failed = None;
        }
        self.dirty = true;
        match failed {
            Some(error) => Err(JournalError::Write(error)),
            None if usable => Ok(()),
            None => Err(JournalError::Suspended),
        }
    }

    /// Whether the owner should dump the terminal and call [`Journal::rotate`]: there is no
    /// segment, or it has grown, or there is a gap and another try is due.
    pub fn wants_rotation(&self) -> bool {
        let waits = self.retry_at.is_some_and(|at| Instant::now() < at);
        if self.limit == 0 || self.next.is_some() || waits {
            return false;
        }
        let Some(segment) = self.segment.as_ref().filter(|_| !self.gap && !self.stale) else {
            return true;
        };
        // Half of the limit, as the next one exists beside it for a moment. A dump that takes
        // most of that must not make every append a rotation.
        segment.len > self.limit / 2 && segment.len - segment.dump_end > self.limit / 4
    }

    /// When to try again after a failure; `None` when there is none.
    pub fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    /// Begins a new segment with a dump of the terminal as it is now, and drops the older ones.
    /// Waits for the disk. After an error the older one goes on being used where that
    /// is possible, and the next try is due in a second.
    pub fn rotate(&mut self, size: Size, dump: &[u8], at_ms: u64) -> Result<(), JournalError> {
        self.begin(size, dump, at_ms)?;
        let Some(rotation) = self.rotation() else { return Ok(()) };
        let synced = rotation.sync();
        self.finish(&rotation, synced)?;
        rotation.drop_older()
    }

    /// The first half of [`Journal::rotate`]: from here on output goes into the new segment as
    /// well as into the older one, which counts until the new one is complete, synced and has its
    /// name. So at any moment the newest segment is a valid one, and nobody waits for the disk but
    /// whoever continues with [`Journal::rotation`].
    pub fn begin(&mut self, size: Size, dump: &[u8], at_ms: u64) -> Result<(), JournalError> {
        if self.limit == 0 {
            return Ok(());
        }
        self.abandon();
        let header = Header { size, at_ms, dump_len: dump.len() as u64, offset: self.offset };
        self.begin_segment(header, dump).map_err(|error| {
            self.retry_at = Some(Instant::now() + RETRY);
            JournalError::Write(error)
        })
    }

    fn begin_segment(&mut self, header: Header, dump: &[u8]) -> io::Result<()> {
        if self.dir.parent().is_some_and(|parent| is_directory(parent) == Some(false)) {
            return Err(io::Error::other("the directory of journals is a link, or none"));
        }
        if is_directory(&self.dir) == Some(false) {
            // Something else has taken the journal's place. A link is not followed.
            fs::remove_file(&self.dir)?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let used = ["vt", "tmp"].into_iter().flat_map(|ending| numbers_of(&self.dir, ending));
        let number = used.max().unwrap_or(0) + 1;
        let temporary = path_of(&self.dir, number, "tmp");
        match segment::create(&temporary, number, header, dump) {
            Ok(segment) => self.next = Some(segment),
            Err(error) => {
                let _ = fs::remove_file(&temporary);
                return Err(error);
            }
        }
        if numbers_of(&self.dir, "vt").is_empty() {
            // Where there is nothing to lose yet, a new pane need not wait for the disk.
            self.put_in_place()?;
            (self.dirty, self.name_dirty) = (true, true);
        }
        Ok(())
    }

    /// The new segment gets its name, and counts.
    fn put_in_place(&mut self) -> io::Result<()> {
        let Some(next) = &self.next else { return Ok(()) };
        let path = |ending| path_of(&self.dir, next.number, ending);
        if let Err(error) = fs::rename(path("tmp"), path("vt")) {
            self.abandon();
            return Err(error);
        }
        self.segment = self.next.take();
        self.gap = false;
        self.stale = false;
        self.retry_at = None;
        Ok(())
    }

    /// Gives up a segment that was begun.
    fn abandon(&mut self) {
        if let Some(next) = self.next.take() {
            let _ = fs::remove_file(path_of(&self.dir, next.number, "tmp"));
            self.retry_at = Some(Instant::now() + RETRY);
        }
    }

    /// What is to be synced before a segment that was begun counts. `None`: there is none.
    pub fn rotation(&self) -> Option<Rotation> {
        let next = self.next.as_ref()?;
        let file = next.file.try_clone().ok()?;
        Some(Rotation { file, dir: self.dir.clone(), number: next.number })
    }

    /// The new segment was synced, or could not be: from here on it is the journal, or is given up.
    pub fn finish(
        &mut self,
        rotation: &Rotation,
        synced: Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        if self.next.as_ref().is_none_or(|next| next.number != rotation.number) {
            // Somebody else was faster.
            return Ok(());
        }
        synced
            .and_then(|()| self.put_in_place().map_err(JournalError::Write))
            .inspect_err(|_| self.abandon())
    }

    /// Whether a segment is begun.
    pub fn is_rotating(&self) -> bool {
        self.next.is_some()
    }

    /// Whether a disk that is slower than the output makes it grow beyond its limit.
    pub fn is_overfull(&self) -> bool {
        let length = |segment: &Option<Segment>| segment.as_ref().map_or(0, |s| s.len);
        self.next.is_some() && length(&self.segment) + length(&self.next) > self.limit
    }

    /// Whether somebody removed the segment that is written to; it is begun anew then, and nothing
    /// is lost that the terminal still has.
    pub fn was_removed(&mut self) -> bool {
        let links =
            |segment: &Segment| segment.file.metadata().map_or(1, |metadata| metadata.nlink());
        let removed = self.segment.as_ref().is_some_and(|segment| links(segment) == 0);
        self.stale |= removed;
        removed && self.next.is_none()
    }

    /// Whether something was written since the last [`Journal::sync`].
    pub fn dirty(&self) -> bool {
        self.dirty
    }

    /// Makes what was written survive a power loss. May wait for the disk.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.unsynced().map_or(Ok(()), Unsynced::sync)
    }

    /// What is to be synced, to be done while output goes on; it counts as done. `None`: nothing.
    pub fn unsynced(&mut self) -> Option<Unsynced> {
        let segment = self.segment.as_ref().filter(|_| self.dirty)?;
        let file = segment.file.try_clone().ok()?;
        let dir = std::mem::take(&mut self.name_dirty).then(|| self.dir.clone());
        self.dirty = false;
        Some(Unsynced { file, dir })
    }

    /// Where output goes next: changes with everything that is written. 0 for none.
    pub fn position(&self) -> u64 {
        // A segment is far below 2^40 bytes, and nobody rotates 2^24 times between two looks.
        self.segment.as_ref().map_or(0, |s| (s.number & 0xff_ffff) << 40 | s.len)
    }

    /// Removes a pane's journal, whatever lies in its place.
    pub fn remove(dir: &Path) -> io::Result<()> {
        match is_directory(dir) {
            None => Ok(()),
            Some(true) => fs::remove_dir_all(dir),
            Some(false) => fs::remove_file(dir),
        }
    }
}

/// A segment that was begun, to be synced while output goes on.
#[derive(Debug)]
pub struct Rotation {
    file: File,
    dir: PathBuf,
    number: u64,
}

impl Rotation {
    /// Waits for the disk.
    pub fn sync(&self) -> Result<(), JournalError> {
        self.file.sync_all().map_err(JournalError::Write)
    }

    /// Removes the segments before, once this one is the journal.
    pub fn drop_older(&self) -> Result<(), JournalError> {
        // Or a power loss could drop the new name and keep the old one's removal.
        File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(JournalError::Write)?;
        if !path_of(&self.dir, self.number, "vt").exists() {
            return Ok(());
        }
        for ending in ["vt", "tmp"] {
            for number in numbers_of(&self.dir, ending).into_iter().filter(|n| *n < self.number) {
                let _ = fs::remove_file(path_of(&self.dir, number, ending));
            }
        }
        Ok(())
    }
}

/// What a power loss would still take away.
#[derive(Debug)]
pub struct Unsynced {
    file: File,
    /// The directory, when the file's name is new in it.
    dir: Option<PathBuf>,
}

impl Unsynced {
    /// Waits for the disk.
    pub fn sync(self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(JournalError::Write)?;
        match self.dir {
            Some(dir) => File::open(dir).and_then(|d| d.sync_all()).map_err(JournalError::Write),
            None => Ok(()),
        }
    }
}

/// Opens and checks a segment, and how many bytes were printed up to its end; `None` when it
/// cannot be used.
fn open_segment(path: &Path, number: u64) -> Option<(Segment, u64, Replay)> {
    let mut file = segment::open(path).ok()?;
    let scan = replay::scan(&mut file).ok()??;
    let length = file.metadata().ok()?.len();
    let cut = length.saturating_sub(scan.end);
    if cut > 0 {
        file.set_len(scan.end).ok()?;
    }
    // A file of its own for reading: the two must not share a position.
    let damage = (cut > 0).then_some(Damage::Tail { bytes: cut });
    let replay = Replay::new(segment::open(path).ok()?, &scan, damage).ok()?;
    let segment = Segment { file, number, len: scan.end, dump_end: scan.dump_end };
    Some((segment, scan.offset, replay))
}

/// `None` when there is nothing at all.
fn is_directory(path: &Path) -> Option<bool> {
    fs::symlink_metadata(path).ok().map(|metadata| metadata.is_dir())
}

fn path_of(dir: &Path, number: u64, ending: &str) -> PathBuf {
    dir.join(format!("{number:08}.{ending}"))
}

/// The numbers of the files with this ending.
fn numbers_of(dir: &Path, ending: &str) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let number = |name: &str| {
        let (digits, end) = name.split_once('.')?;
        let plain =
            digits.len() >= 8 && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
        (plain && end == ending).then(|| digits.parse().ok()).flatten()
    };
    entries.flatten().filter_map(|entry| number(entry.file_name().to_str()?)).collect()
}

#[cfg(test)]
mod tests;
