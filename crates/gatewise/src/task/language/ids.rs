//! A text as numbers, in memory or, where it is too long for that, in a file.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use gatewise_data::Interrupt;

use super::error::LanguageError;

/// Bytes of numbers that are kept in memory; what is longer goes to a file.
const IN_MEMORY: u64 = 1 << 30;

/// The symbols of a text as numbers below the size of a vocabulary, each in as few bytes as that needs.
#[derive(Debug)]
pub struct Ids {
    store: Store,
    width: usize,
    len: u64,
    interrupt: Interrupt,
}

#[derive(Debug)]
enum Store {
    Memory(Vec<u8>),
    File { file: Mutex<File>, place: PathBuf },
}

impl Ids {
    /// Of numbers below `symbols`, in memory.
    pub fn of(symbols: usize, ids: &[u32]) -> Self {
        let mut writer = IdsWriter::with_limit(symbols, Path::new(""), u64::MAX);
        writer.take(ids);
        Self { store: Store::Memory(writer.memory), width: writer.width, len: writer.len, interrupt: Interrupt::default() }
    }

    /// That end with an error where `interrupt` says so.
    #[must_use]
    pub fn interrupted_by(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
    }

    /// Symbols.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The symbols from `start` on.
    ///
    /// # Errors
    /// A file that cannot be read any more, and an interrupt.
    ///
    /// # Panics
    /// If there are fewer symbols.
    pub fn read(&self, start: u64, out: &mut [u32]) -> Result<(), LanguageError> {
        assert!(start + out.len() as u64 <= self.len, "symbols {start}..{} of {}", start + out.len() as u64, self.len);
        self.interrupt.check().map_err(|_| LanguageError::Interrupted)?;
        let (first, bytes) = (start * self.width as u64, out.len() * self.width);
        match &self.store {
            Store::Memory(held) => decode(&held[first as usize..][..bytes], self.width, out),
            Store::File { file, place } => {
                let mut buffer = vec![0; bytes];
                // A reader that panicked has left the file as it was.
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(first)).and_then(|_| file.read_exact(&mut buffer)).map_err(|e| failed(place, e))?;
                decode(&buffer, self.width, out);
            }
        }
        Ok(())
    }
}

fn decode(bytes: &[u8], width: usize, out: &mut [u32]) {
    for (id, bytes) in out.iter_mut().zip(bytes.chunks_exact(width)) {
        *id = bytes.iter().rev().fold(0, |id, &byte| id << 8 | u32::from(byte));
    }
}

fn failed(place: &Path, source: std::io::Error) -> LanguageError {
    LanguageError::Store { place: place.display().to_string(), source }
}

/// Takes symbols in, one part after the other.
#[derive(Debug)]
pub struct IdsWriter {
    width: usize,
    len: u64,
    memory: Vec<u8>,
    limit: u64,
    folder: PathBuf,
    file: Option<BufWriter<File>>,
    interrupt: Interrupt,
}

impl IdsWriter {
    /// For numbers below `symbols`. What does not fit in memory goes to a file in `folder` that has no name and goes with the program.
    pub fn new(symbols: usize, folder: &Path) -> Self {
        Self::with_limit(symbols, folder, IN_MEMORY)
    }

    /// With another limit of the bytes in memory.
    pub fn with_limit(symbols: usize, folder: &Path, limit: u64) -> Self {
        let width = match symbols {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        Self { width, len: 0, memory: Vec::new(), limit, folder: folder.to_owned(), file: None, interrupt: Interrupt::default() }
    }

    /// For numbers whose reading ends with an error where `interrupt` says so.
    #[must_use]
    pub fn interrupted_by(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
    }

    /// Adds symbols.
    ///
    /// # Errors
    /// A file that cannot be made or written.
    pub fn push(&mut self, ids: &[u32]) -> Result<(), LanguageError> {
        self.take(ids);
        if self.file.is_none() && self.memory.len() as u64 > self.limit {
            let file = tempfile::tempfile_in(&self.folder).map_err(|e| failed(&self.folder, e))?;
            self.file = Some(BufWriter::new(file));
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.memory).map_err(|e| failed(&self.folder, e))?;
            self.memory.clear();
        }
        Ok(())
    }

    fn take(&mut self, ids: &[u32]) {
        self.len += ids.len() as u64;
        for id in ids {
            self.memory.extend_from_slice(&id.to_le_bytes()[..self.width]);
        }
    }

    /// Symbols so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All symbols.
    ///
    /// # Errors
    /// A file that cannot be written to its end.
    pub fn finish(self) -> Result<Ids, LanguageError> {
        let Self { width, len, memory, folder, file, interrupt, .. } = self;
        let store = match file {
            None => Store::Memory(memory),
            Some(file) => {
                let file = file.into_inner().map_err(|e| failed(&folder, e.into_error()))?;
                Store::File { file: Mutex::new(file), place: folder }
            }
        };
        Ok(Ids { store, width, len, interrupt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back_from_memory_and_file() {
        let folder = tempfile::tempdir().unwrap();
        for symbols in [256_usize, 257, 65_536, 65_537, 1 << 24] {
            let ids: Vec<u32> = (0..1000).map(|i: u32| i.wrapping_mul(2_654_435_761) % symbols as u32).collect();
            for limit in [IN_MEMORY, 100] {
                let mut writer = IdsWriter::with_limit(symbols, folder.path(), limit);
                ids.chunks(37).for_each(|part| writer.push(part).unwrap());
                let held = writer.finish().unwrap();
                assert_eq!(matches!(held.store, Store::File { .. }), limit == 100);
                let mut out = vec![0; 900];
                held.read(100, &mut out).unwrap();
                assert_eq!((held.len(), &out[..]), (1000, &ids[100..]), "{symbols} symbols, {limit} bytes in memory");
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
