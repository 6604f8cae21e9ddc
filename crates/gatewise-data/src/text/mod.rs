//! Text to learn from: files and folders of UTF-8, read part by part, however long they are.

mod error;
mod interrupt;
mod parts;
mod utf8;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

pub use error::TextError;
pub use interrupt::Interrupt;
pub use parts::{Part, Parts};

/// The text of a whole file, without the mark that some programs put before UTF-8.
pub(crate) fn whole(path: &str, bytes: &[u8]) -> Result<String, TextError> {
    let text = utf8::Place::default().check(path, bytes, true)?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned())
}

/// A text in one file, in all files of a folder one after the other, or from standard input.
#[derive(Debug)]
pub struct Corpus {
    path: String,
    sources: Vec<Source>,
    bytes: u64,
    /// Whether a line end stands between files.
    parted: bool,
    interrupt: Interrupt,
}

/// Where a piece of the text comes from.
#[derive(Debug)]
enum Source {
    File {
        path: PathBuf,
        bytes: u64,
    },
    /// Standard input, which can be read only once, or a text of the caller's.
    Held {
        name: String,
        bytes: Vec<u8>,
    },
}

impl Source {
    fn bytes(&self) -> u64 {
        match self {
            Source::File { bytes, .. } => *bytes,
            Source::Held { bytes, .. } => bytes.len() as u64,
        }
    }
}

impl Corpus {
    /// A file, a folder with everything below it (hidden files aside, in the order of their names), or standard input for `-`.
    /// Nothing is read but standard input.
    ///
    /// # Errors
    /// What the system says, or a folder without a file.
    pub fn open(path: &Path) -> Result<Self, TextError> {
        let shown = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
        let mut sources = Vec::new();
        if path == Path::new("-") {
            let mut held = Vec::new();
            std::io::stdin().lock().read_to_end(&mut held).map_err(|e| TextError::io(&shown, e))?;
            sources.push(Source::Held { name: shown.clone(), bytes: held });
        } else {
            let about = fs::metadata(path).map_err(|e| TextError::io(&shown, e))?;
            if about.is_dir() {
                collect(path, &mut sources)?;
                if sources.is_empty() {
                    return Err(TextError::NoFiles { path: shown });
                }
            } else {
                sources.push(Source::File { path: path.to_owned(), bytes: about.len() });
            }
        }
        Ok(Self::of(shown, sources, false))
    }

    /// What [`open`](Self::open) opens at each of several paths, one after the other as files of a folder would be.
    ///
    /// # Errors
    /// As [`open`](Self::open); no path.
    pub fn open_all(paths: &[PathBuf]) -> Result<Self, TextError> {
        let each = paths.iter().map(|path| Self::open(path)).collect::<Result<Vec<_>, _>>()?;
        let path = match &each[..] {
            [] => return Err(TextError::NoPaths),
            [one] => one.path.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.path, rest.len()),
        };
        Ok(Self::of(path, each.into_iter().flat_map(|corpus| corpus.sources).collect(), true))
    }

    /// Texts that the caller has, one after the other as files of a folder would be.
    pub fn from_texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        let held = |(k, text): (usize, T)| Source::Held { name: format!("<text {}>", k + 1), bytes: text.into().into_bytes() };
        Self::of("<text>".to_owned(), texts.into_iter().enumerate().map(held).collect(), true)
    }

    fn of(path: String, sources: Vec<Source>, parted: bool) -> Self {
        let bytes = sources.iter().map(Source::bytes).sum();
        Self { path, sources, bytes, parted, interrupt: Interrupt::default() }
    }

    /// With a line end between two files, where the first does not end with one: else its last line and the first of the next were one.
    #[must_use]
    pub fn parted(self, parted: bool) -> Self {
        Self { parted, ..self }
    }

    /// That ends with an error where `interrupt` says so: reading it, and what is made of its symbols.
    #[must_use]
    pub fn interrupted_by(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
    }

    /// What may end its reading.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// As given, or `<stdin>`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Files.
    pub fn files(&self) -> usize {
        self.sources.len()
    }

    /// Each file as a text of its own.
    pub fn split(self) -> Vec<Self> {
        let one = |source: Source| Self::of(source.name(), vec![source], false).interrupted_by(self.interrupt.clone());
        self.sources.into_iter().map(one).collect()
    }

    /// Each line that is not blank as a text of its own, with its end, named by its file and number; all of them are held.
    ///
    /// # Errors
    /// What cannot be read, or is no UTF-8.
    pub fn lines(self) -> Result<Vec<Self>, TextError> {
        let mut lines = Vec::new();
        for file in self.split() {
            let mut line = String::new();
            let mut number = 0;
            let mut end = |line: &mut String| {
                number += 1;
                if !line.trim().is_empty() {
                    let (name, bytes) = (format!("{}:{number}", file.path), std::mem::take(line).into_bytes());
                    let own = Self::of(name.clone(), vec![Source::Held { name, bytes }], false);
                    lines.push(own.interrupted_by(file.interrupt.clone()));
                }
                line.clear();
            };
            for part in file.parts(None) {
                for piece in part?.text.split_inclusive('\n') {
                    line.push_str(piece);
                    if piece.ends_with('\n') {
                        end(&mut line);
                    }
                }
            }
            end(&mut line);
        }
        Ok(lines)
    }

    /// The text from its start. No part crosses byte `cut` (or the start of the character that holds it), so that a text can be split there.
    pub fn parts(&self, cut: Option<u64>) -> Parts<'_> {
        Parts::new(self, cut)
    }
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::File { path, .. } => path.display().to_string(),
            Source::Held { name, .. } => name.clone(),
        }
    }

    fn open(&self) -> std::io::Result<Box<dyn Read + Send + '_>> {
        match self {
            Source::File { path, .. } => Ok(Box::new(File::open(path)?)),
            Source::Held { bytes, .. } => Ok(Box::new(&bytes[..])),
        }
    }
}

/// Every file below a folder, in the order of the names.
fn collect(folder: &Path, sources: &mut Vec<Source>) -> Result<(), TextError> {
    let failed = |e| TextError::io(&folder.display().to_string(), e);
    let mut entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        let about = fs::metadata(&path).map_err(|e| TextError::io(&path.display().to_string(), e))?;
        // A link to a folder could lead back here.
        let linked = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if about.is_dir() && !linked {
            collect(&path, sources)?;
        } else if about.is_file() {
            sources.push(Source::File { path, bytes: about.len() });
        }
    }
    Ok(())
}
