//! What data on the disk are known by, to tell whether they are still the same.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::dataset::{Dataset, Series};
use crate::time::{Time, civil_nanos};

/// Count, size and hash of a file, or of all files below a folder with their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Files.
    pub files: u64,
    /// Bytes in all of them.
    pub bytes: u64,
    /// XXH3 of 128 bits over names, sizes and contents, as hexadecimal digits.
    pub hash: String,
}

impl Fingerprint {
    /// The hash of bytes, as hexadecimal digits.
    pub fn of_bytes(bytes: &[u8]) -> String {
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
    }

    /// Reads all that lies at `path`; nothing for what can be read but once, as a pipe or standard input ("-").
    ///
    /// Files whose names begin with a dot are passed over, and so are links to folders and folders that hold a file named `unless`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn of(path: &Path, unless: &str) -> io::Result<Option<Self>> {
        if path == Path::new("-") {
            return Ok(None);
        }
        let about = fs::metadata(path)?;
        let mut found = Found { hash: Xxh3::new(), files: 0, bytes: 0 };
        if about.is_dir() {
            found.folder(path, &mut PathBuf::new(), unless)?;
        } else if about.is_file() {
            found.file(path)?;
        } else {
            return Ok(None);
        }
        Ok(Some(Self { files: found.files, bytes: found.bytes, hash: format!("{:032x}", found.hash.digest128()) }))
    }
}

struct Found {
    hash: Xxh3,
    files: u64,
    bytes: u64,
}

impl Found {
    /// A folder; `name` is its path below the one that was asked for.
    fn folder(&mut self, path: &Path, name: &mut PathBuf, unless: &str) -> io::Result<()> {
        if path.join(unless).exists() {
            return Ok(());
        }
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let own = entry.file_name();
            if own.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let (path, linked) = (entry.path(), entry.file_type()?.is_symlink());
            let about = fs::metadata(&path)?;
            name.push(&own);
            if about.is_dir() && !linked {
                self.folder(&path, name, unless)?;
            } else if about.is_file() {
                let bytes = name.as_os_str().as_encoded_bytes();
                self.hash.update(&(bytes.len() as u64).to_le_bytes());
                self.hash.update(bytes);
                self.file(&path)?;
            }
            name.pop();
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        let (mut file, mut block, mut length) = (File::open(path)?, vec![0; 1 << 18], 0);
        loop {
            match file.read(&mut block) {
                Ok(0) => break,
                Ok(count) => {
                    self.hash.update(&block[..count]);
                    length += count as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        // The size behind the content: where one file ends and the next begins.
        self.hash.update(&length.to_le_bytes());
        self.files += 1;
        self.bytes += length;
        Ok(())
    }
}

impl Dataset {
    /// What the series are known by, whatever they were read from: XXH3 of 128 bits over names, times and values, as hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut hash = Xxh3::new();
        let mut text = |text: &str| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        self.channels.iter().chain(&self.known).for_each(|name| text(name));
        text(&format!("{} {}", self.targets, self.frequency.code()));
        for Series { id, times, values, known, .. } in &self.series {
            hash.update(&[(id.len() as u64).to_le_bytes(), (times.len() as u64).to_le_bytes()].concat());
            hash.update(id.as_bytes());
            for time in times {
                match time {
                    Time::Index(step) => hash.update(&step.to_le_bytes()),
                    Time::Date(at) => hash.update(&civil_nanos(*at).to_le_bytes()),
                }
            }
            values.iter().chain(known).for_each(|value| hash.update(&value.to_bits().to_le_bytes()));
        }
        format!("{:032x}", hash.digest128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_known_by_names_times_and_values() {
        let of = |name: &str, values: &[f64]| Dataset::from_columns(&[(name, values)], 1).unwrap();
        let first = of("a", &[1.0, 2.0]);
        assert_eq!(first.fingerprint(), of("a", &[1.0, 2.0]).fingerprint());
        let mut later = first.clone();
        later.series[0].times = vec![Time::Index(2), Time::Index(3)];
        let mut named = first.clone();
        named.series[0].id = "b".to_owned();
        for other in [of("b", &[1.0, 2.0]), of("a", &[1.0, 2.5]), of("a", &[1.0, 2.0, 2.0]), later, named] {
            assert_ne!(other.fingerprint(), first.fingerprint());
        }
    }

    #[test]
    fn every_change_shows_and_a_copy_is_the_same() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        let of = |name: &str| Fingerprint::of(&at(name), "run.toml").unwrap().unwrap();
        fs::write(at("a.csv"), "x\n1\n").unwrap();
        fs::write(at("copy.csv"), "x\n1\n").unwrap();
        assert_eq!(of("a.csv"), of("copy.csv"));
        assert_eq!((of("a.csv").files, of("a.csv").bytes), (1, 4));
        fs::write(at("a.csv"), "x\n2\n").unwrap();
        assert_ne!(of("a.csv").hash, of("copy.csv").hash, "as long as before");
        assert!(Fingerprint::of(Path::new("-"), "").unwrap().is_none());
        assert!(Fingerprint::of(&at("absent"), "").is_err());
    }

    #[test]
    fn a_folder_is_its_files_with_their_names() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        let of = || Fingerprint::of(base.path(), "run.toml").unwrap().unwrap();
        fs::create_dir_all(at("one/two")).unwrap();
        fs::write(at("one/a"), "12").unwrap();
        fs::write(at("one/two/b"), "3").unwrap();
        let first = of();
        assert_eq!((first.files, first.bytes), (2, 3));
        fs::create_dir(at("run")).unwrap();
        fs::write(at("run/run.toml"), "").unwrap();
        fs::write(at(".hidden"), "4").unwrap();
        assert_eq!(of(), first, "a run that lies among the data is none of them");
        fs::write(at("one/a"), "1").unwrap();
        fs::write(at("one/two/b"), "23").unwrap();
        assert_ne!(of().hash, first.hash, "a byte that moved from one file to another");
        fs::rename(at("one/two/b"), at("one/two/c")).unwrap();
        assert_ne!(of().hash, first.hash);
    }
}
