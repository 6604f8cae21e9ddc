//! A file that grows, as a log does: waited for at its end, and read from its start where it was cut or replaced.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the end of a growing file is left alone before it is looked at again.
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes before the place at hand that must still be there for a file to count as the same one.
const REMEMBERED: usize = 256;

/// Longest first line that is known again.
const LONGEST_HEADER: usize = 1 << 16;

/// A source that never ends by itself. A file that is shorter than what was read of it, holds other bytes there, or has made room for another
/// of its name is read from its start; a first line like that of the first file is passed over there, and a line that was not yet whole is
/// dropped with the file it stood in.
pub struct Growing {
    path: PathBuf,
    file: File,
    /// Bytes of the file that were read.
    at: u64,
    /// The last of them.
    last: Vec<u8>,
    /// The first line of the first file, as far as it was read.
    header: Vec<u8>,
    header_whole: bool,
    /// How much of the header the file at hand began with; none once that is settled.
    matched: Option<usize>,
    /// Bytes of lines that are whole, and those of one that is not.
    ready: Vec<u8>,
    begun: Vec<u8>,
    stopped: Box<dyn Fn() -> bool + Send>,
    tell: Box<dyn FnMut(&str) + Send>,
}

impl Growing {
    /// Opens the file. It ends once `stopped` says so; what happened to the file goes to `tell`.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path, stopped: Box<dyn Fn() -> bool + Send>, tell: Box<dyn FnMut(&str) + Send>) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            at: 0,
            last: Vec::new(),
            header: Vec::new(),
            header_whole: false,
            matched: None,
            ready: Vec::new(),
            begun: Vec::new(),
            stopped,
            tell,
        })
    }

    /// Goes to the start of the file where it is no longer the one that was read. True where it did.
    fn look(&mut self) -> io::Result<bool> {
        // Between a file's going and the coming of the next there may be none.
        let Ok(about) = std::fs::metadata(&self.path) else { return Ok(false) };
        let replaced = !same(&self.file.metadata()?, &about);
        let what = if replaced {
            "was replaced"
        } else if about.len() < self.at {
            "was cut"
        } else if about.len() > self.at && !self.remembers()? {
            "was written anew"
        } else {
            return Ok(false);
        };
        if replaced {
            self.file = File::open(&self.path)?;
        } else {
            self.file.seek(SeekFrom::Start(0))?;
        }
        let lost = if self.begun.is_empty() { "" } else { "; a line that was not whole is dropped" };
        (self.tell)(&format!("{} {what}: it is read from its start{lost}", self.path.display()));
        self.at = 0;
        self.last.clear();
        self.begun.clear();
        self.matched = self.header_whole.then_some(0);
        Ok(true)
    }

    /// Whether the bytes before the place at hand are those that were read there.
    fn remembers(&mut self) -> io::Result<bool> {
        let mut there = vec![0; self.last.len()];
        self.file.seek(SeekFrom::Start(self.at - self.last.len() as u64))?;
        let alike = self.file.read_exact(&mut there).is_ok() && there == self.last;
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(alike)
    }

    /// Takes new bytes: whole lines become ready, but for the header of a further file.
    fn take(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        self.last.extend_from_slice(bytes);
        let excess = self.last.len().saturating_sub(REMEMBERED);
        self.last.drain(..excess);
        if !self.header_whole && self.header.len() < LONGEST_HEADER {
            let end = bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |end| end + 1);
            self.header.extend_from_slice(&bytes[..end]);
            self.header_whole = self.header.ends_with(b"\n");
        }
        self.begun.extend_from_slice(bytes);
        let Some(end) = self.begun.iter().rposition(|&b| b == b'\n') else { return };
        let rest = self.begun.split_off(end + 1);
        let mut lines = std::mem::replace(&mut self.begun, rest);
        if self.matched.take().is_some() && lines.starts_with(&self.header) {
            lines.drain(..self.header.len());
        }
        self.ready.append(&mut lines);
    }
}

/// Whether both tell of the same file.
#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn same(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok()
}

impl Read for Growing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut block = vec![0; out.len().max(1)];
        loop {
            if !self.ready.is_empty() {
                let count = self.ready.len().min(out.len());
                out[..count].copy_from_slice(&self.ready[..count]);
                self.ready.drain(..count);
                return Ok(count);
            }
            // Since the last look the file may have become another one, though it goes on.
            while self.look()? {}
            match self.file.read(&mut block)? {
                0 if (self.stopped)() => {
                    self.ready = std::mem::take(&mut self.begun);
                    if self.ready.is_empty() {
                        return Ok(0);
                    }
                }
                0 => std::thread::sleep(PAUSE),
                count => self.take(&block[..count]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_file_that_was_cut_replaced_or_written_anew_is_read_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        std::fs::write(&path, "t,x\n1,1\n2,").unwrap();
        let (stop, (told, heard)) = (Arc::new(AtomicBool::new(false)), channel());
        let stopped = Arc::clone(&stop);
        let tell = Box::new(move |what: &str| told.send(what.to_owned()).unwrap());
        let growing = Growing::open(&path, Box::new(move || stopped.load(Ordering::SeqCst)), tell).unwrap();
        let mut lines = BufReader::new(growing).lines();
        let mut next = || lines.next().map(Result::unwrap);
        assert_eq!([next(), next()].map(Option::unwrap), ["t,x", "1,1"]);
        // Shorter, without the line that was not whole; then longer than before, in place; then another file of the name.
        std::fs::write(&path, "t,x\n3,\n").unwrap();
        assert_eq!(next().unwrap(), "3,");
        assert!(heard.recv().unwrap().contains("was cut"));
        std::fs::write(&path, "t,x\n4,4\n5,5\n").unwrap();
        assert_eq!([next(), next()].map(Option::unwrap), ["4,4", "5,5"]);
        assert!(heard.recv().unwrap().contains("was written anew"));
        let other = folder.path().join("other");
        std::fs::write(&other, "6,6\n").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_eq!(next().unwrap(), "6,6");
        assert!(heard.recv().unwrap().contains("was replaced"));
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"7,7").unwrap();
        stop.store(true, Ordering::SeqCst);
        assert_eq!((next().as_deref(), next()), (Some("7,7"), None));
        assert!(heard.try_recv().is_err());
    }
}
