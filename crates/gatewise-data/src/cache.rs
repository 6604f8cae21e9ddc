//! Frames kept on disk, so that a clip is decoded once, and clips read side by side.
//!
//! What is kept is found by what it was made of: the bytes of the file (of a folder, of every file in it with its name) and the settings.
//! A file that was moved or copied is found again; one that was changed is not.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

use crate::frames::Frames;

/// First bytes of a kept file; the number goes up whenever the same settings give other frames.
const MAGIC: [u8; 8] = *b"GWFRAME2";
/// Bytes before the values: magic, key, steps, width, checksum of the values.
const HEADER: usize = 8 + 16 + 8 + 8 + 8;

/// A folder of kept frames.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    trouble: Mutex<Option<io::Error>>,
}

impl Cache {
    /// Frames kept in `folder`, which is made when the first are written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), trouble: Mutex::new(None) }
    }

    /// The frames of `path` under `settings`: those kept, or else what `make` gives, which is then kept.
    ///
    /// # Errors
    /// Those of `make` alone. A cache that cannot be read or written only costs time; see [`take_error`](Self::take_error).
    pub fn frames<E>(&self, path: &Path, settings: &impl Serialize, make: impl FnOnce() -> Result<Frames, E>) -> Result<Frames, E> {
        let Ok(key) = key(path, settings) else {
            // A file that cannot be read: `make` says so in its own words.
            return make();
        };
        let kept = self.folder.join(format!("{key:032x}.frames"));
        if let Some(frames) = fs::read(&kept).ok().and_then(|bytes| unpack(&bytes, key)) {
            return Ok(frames);
        }
        let frames = make()?;
        if let Err(error) = self.write(&kept, &pack(&frames, key)) {
            self.trouble.lock().expect("no holder panics").get_or_insert(error);
        }
        Ok(frames)
    }

    /// The first error in writing, once: for a warning.
    pub fn take_error(&self) -> Option<io::Error> {
        self.trouble.lock().expect("no holder panics").take()
    }

    /// Writes beside the place and renames, so that a reader finds whole frames or none.
    fn write(&self, place: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(place)?;
        Ok(())
    }
}

/// What frames are found by.
fn key(path: &Path, settings: &impl Serialize) -> io::Result<u128> {
    let mut hash = Xxh3::new();
    hash.update(&serde_json::to_vec(settings)?);
    // Settings end where the bytes of the file begin.
    hash.update(&[0]);
    if path.is_dir() {
        let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        for name in names.iter().filter(|name| name.is_file()) {
            let bytes = fs::read(name)?;
            hash.update(name.file_name().unwrap_or_default().as_encoded_bytes());
            hash.update(&[0]);
            hash.update(&xxh3_128(&bytes).to_le_bytes());
        }
    } else {
        let mut file = File::open(path)?;
        let mut block = vec![0; 1 << 16];
        while let count @ 1.. = file.read(&mut block)? {
            hash.update(&block[..count]);
        }
    }
    Ok(hash.digest128())
}

fn pack(frames: &Frames, key: u128) -> Vec<u8> {
    let values: Vec<u8> = frames.values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let sizes = [frames.steps as u64, frames.width as u64, xxh3_64(&values)];
    let mut bytes = Vec::with_capacity(HEADER + values.len());
    bytes.extend(MAGIC);
    bytes.extend(key.to_le_bytes());
    bytes.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
    bytes.extend(values);
    bytes
}

/// None for bytes that are damaged, or another clip's.
fn unpack(bytes: &[u8], key: u128) -> Option<Frames> {
    let (header, values) = bytes.split_at_checked(HEADER)?;
    let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    let (steps, width) = (usize::try_from(number(24)).ok()?, usize::try_from(number(32)).ok()?);
    let whole = steps.checked_mul(width)?.checked_mul(size_of::<f32>())? == values.len();
    if header[..8] != MAGIC || header[8..24] != key.to_le_bytes() || !whole || number(40) != xxh3_64(values) {
        return None;
    }
    let values = values.as_chunks::<{ size_of::<f32>() }>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    Some(Frames { steps, width, values })
}

/// What became of many files.
#[derive(Debug)]
pub struct Loaded<T, E> {
    /// What was read, with the file's number, in the order of the files.
    pub items: Vec<(usize, T)>,
    /// What went wrong, with the file's number, in the order of the files. The caller skips these files or refuses them all.
    pub broken: Vec<(usize, E)>,
}

/// Reads files on `threads` threads (0: one a core); `done` is called after each, from any of them.
///
/// The result does not depend on the number of threads.
pub fn load_all<P: AsRef<Path> + Sync, T: Send, E: Send>(
    paths: &[P],
    threads: usize,
    load: impl Fn(&Path) -> Result<T, E> + Sync,
    done: impl Fn() + Sync,
) -> Loaded<T, E> {
    let one = |path: &P| {
        let result = load(path.as_ref());
        done();
        result
    };
    let results: Vec<Result<T, E>> = match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) if threads != 1 => pool.install(|| paths.par_iter().map(one).collect()),
        _ => paths.iter().map(one).collect(),
    };
    let mut loaded = Loaded { items: Vec::with_capacity(paths.len()), broken: Vec::new() };
    for (number, result) in results.into_iter().enumerate() {
        match result {
            Ok(item) => loaded.items.push((number, item)),
            Err(error) => loaded.broken.push((number, error)),
        }
    }
    loaded
}
