//! A folder of files: its sub-folders are labels, or labels stand in the names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::columns::Cells;
use super::error::ItemError;
use super::options::{ItemOptions, OnError};
use super::read::require_labels;
use super::{Content, Form, ItemSet, Known, Label, RawItem};
use crate::choice::Choice;
use crate::text::TextError;

/// Endings of files that hold a clip of sound or video.
const CLIPS: [&str; 24] = [
    "wav", "wave", "flac", "mp3", "ogg", "oga", "m4a", "aac", "opus", "aiff", "aif", "aifc", "wma", "amr", "caf", "mp4", "m4v", "mov",
    "gif", "y4m", "avi", "mkv", "webm", "mpg",
];

/// Endings of images, a folder of which is a video.
const IMAGES: [&str; 6] = ["png", "jpg", "jpeg", "bmp", "pgm", "ppm"];

/// Endings of texts.
pub(super) const TEXTS: [&str; 3] = ["txt", "text", "md"];

/// Endings of tables with one sequence each.
pub(super) const TABLES: [&str; 2] = ["csv", "tsv"];

/// Names that are listed before "and so many more".
const LISTED: usize = 5;

/// What is found below a folder.
#[derive(Default)]
struct Found {
    /// Paths below the folder, in order.
    files: Vec<PathBuf>,
    /// Files of no kind that is read.
    others: Vec<PathBuf>,
    /// Folders that could not be listed.
    broken: Vec<(PathBuf, std::io::Error)>,
}

pub(super) fn read(folder: &Path, options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let shown = folder.display().to_string();
    let pattern = options.label_regex.as_deref().map(pattern).transpose()?;
    let mut found = Found::default();
    list(folder, Path::new(""), &mut found)?;
    found.files.sort();
    let mut notes = Vec::new();
    if let Some((path, error)) = found.broken.first() {
        let problem = format!("{}: {error}", folder.join(path).display());
        if options.on_error == OnError::Refuse {
            return Err(ItemError::invalid(&shown, None, problem).remedy("⦃on-error⦄ skip leaves what cannot be read out"));
        }
        notes.push(format!("{problem}; left out, with {} more", found.broken.len() - 1));
    }
    if !found.others.is_empty() {
        let named: Vec<String> = found.others.iter().take(LISTED).map(|p| p.display().to_string()).collect();
        notes.push(format!("{} files are of no kind that is read, as {}", found.others.len(), named.join(", ")));
    }
    if found.files.is_empty() {
        return Err(ItemError::invalid(&shown, None, "no file of sound, video, text or numbers in this folder")
            .remedy("wav, flac, mp3, ogg, mp4, gif, y4m, txt, csv, and folders of images are read"));
    }
    let depth = shared_depth(&found.files);
    let known = Known { form: Some(Form::Files), ..Known::default() };
    let (channels, items, guesses) = (Vec::new(), Vec::new(), Vec::new());
    let mut set = ItemSet { path: shown, form: Form::Files, channels, known, items, guesses, notes };
    if pattern.is_none() {
        set.guesses
            .push(Choice { what: "labels".to_owned(), value: "the folders' names".to_owned(), flag: "⦃label-regex⦄".to_owned() });
    }
    let mut reader = Reader::new(options);
    let mut broken = Vec::new();
    for path in &found.files {
        let label = match &pattern {
            Some(pattern) => by_name(pattern, path),
            None => by_folder(path, depth),
        };
        match reader.content(&folder.join(path)) {
            Ok(content) => set.items.push(RawItem { name: path.to_string_lossy().into_owned(), label, group: None, content }),
            Err(error) if options.on_error == OnError::Refuse => {
                return Err(if error.help().is_some() { error } else { error.remedy("⦃on-error⦄ skip leaves it out") });
            }
            Err(error) => broken.push(error.to_string()),
        }
    }
    reader.finish(&mut set);
    if !broken.is_empty() {
        set.notes.extend(broken.iter().take(LISTED).map(|error| format!("{error}; left out")));
        if broken.len() > LISTED {
            set.notes.push(format!("{} more files could not be read and are left out", broken.len() - LISTED));
        }
    }
    if set.items.is_empty() {
        return Err(ItemError::invalid(&set.path, None, "none of its files can be read").remedy("⦃on-error⦄ refuse names the first"));
    }
    require_labels(&set, options)?;
    let unlabelled = set.items.iter().filter(|item| item.label == Label::None).count();
    if unlabelled > 0 && !options.unlabelled {
        set.notes.push(format!("{unlabelled} files have no label and are left out"));
        set.items.retain(|item| item.label != Label::None);
    }
    Ok(set)
}

fn pattern(text: &str) -> Result<Regex, ItemError> {
    Regex::new(text).map_err(|e| {
        let last = e.to_string().lines().last().unwrap_or_default().to_owned();
        ItemError::usage(format!("⦃label-regex⦄ {text}: {last}"), "as ⦃label-regex⦄ '^(\\d)_' for names like 7_anna_3.wav")
    })
}

/// The first group of the pattern in the file's name, or what it matches; in the whole path below the folder where the name has none.
fn by_name(pattern: &Regex, path: &Path) -> Label {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let whole = path.to_string_lossy();
    let found = pattern.captures(&name).or_else(|| pattern.captures(&whole));
    let text = found.and_then(|c| c.get(1).or(c.get(0)).map(|m| m.as_str().to_owned()));
    text.filter(|t| !t.is_empty()).map_or(Label::None, Label::One)
}

/// The folder at `depth`, if the file lies below it.
fn by_folder(path: &Path, depth: usize) -> Label {
    let mut parts: Vec<&OsStr> = path.iter().collect();
    parts.pop();
    parts.get(depth).map_or(Label::None, |part| Label::One(part.to_string_lossy().into_owned()))
}

/// Folders that all files share, below which labels begin.
fn shared_depth(files: &[PathBuf]) -> usize {
    let folders = |path: &PathBuf| path.iter().count() - 1;
    let least = files.iter().map(folders).min().unwrap_or(0);
    let shared = |k: usize| files.windows(2).all(|pair| pair[0].iter().nth(k) == pair[1].iter().nth(k));
    // The last folder that could be a label stays one, even where it is the only one.
    (0..least.saturating_sub(1)).take_while(|&k| shared(k)).count()
}

fn list(root: &Path, below: &Path, found: &mut Found) -> Result<(), ItemError> {
    let here = root.join(below);
    let entries = match fs::read_dir(&here).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(source) if below.as_os_str().is_empty() => return Err(ItemError::Io { path: here.display().to_string(), source }),
        Err(error) => {
            found.broken.push((below.to_owned(), error));
            return Ok(());
        }
    };
    let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).filter(|n| !n.as_encoded_bytes().starts_with(b".")).collect();
    names.sort();
    let images = names.iter().filter(|name| has_ending(Path::new(name), &IMAGES)).count();
    if images > 0 && images == names.len() && !below.as_os_str().is_empty() {
        // A folder of nothing but images is a video.
        found.files.push(below.to_owned());
        return Ok(());
    }
    for name in names {
        let path = below.join(&name);
        // Links are followed, as those to data on another disk.
        if root.join(&path).is_dir() {
            list(root, &path, found)?;
        } else if [&CLIPS[..], &TEXTS, &TABLES].iter().any(|endings| has_ending(&path, endings)) {
            found.files.push(path);
        } else {
            found.others.push(path);
        }
    }
    Ok(())
}

pub(super) fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|e| endings.contains(&e.to_ascii_lowercase().as_str()))
}

/// Whether a file is a clip or a picture, by its ending.
pub(super) fn is_clip(path: &Path) -> bool {
    has_ending(path, &CLIPS) || has_ending(path, &IMAGES)
}

/// Reads files one after the other; tables have the same channels.
pub(super) struct Reader<'a> {
    channels: Vec<String>,
    /// What was found in tables, each thing once.
    said: BTreeSet<String>,
    options: &'a ItemOptions,
}

impl<'a> Reader<'a> {
    pub fn new(options: &'a ItemOptions) -> Self {
        Self { channels: Vec::new(), said: BTreeSet::new(), options }
    }

    pub fn content(&mut self, path: &Path) -> Result<Content, ItemError> {
        let shown = path.display().to_string();
        let io = |source| ItemError::Io { path: shown.clone(), source };
        if has_ending(path, &TEXTS) {
            let bytes = fs::read(path).map_err(io)?;
            let text = crate::text::whole(&shown, &bytes).map_err(|e: TextError| ItemError::from(e))?;
            return Ok(Content::Text(text));
        }
        if has_ending(path, &TABLES) {
            let text = crate::table::text_of(&shown, fs::read(path).map_err(io)?)?;
            return self.table(&shown, &text);
        }
        if path.is_file() {
            let about = fs::File::open(path).and_then(|file| file.metadata()).map_err(io)?;
            if about.len() == 0 {
                return Err(ItemError::invalid(&shown, None, "the file is empty"));
            }
        }
        Ok(Content::File(path.to_owned()))
    }

    /// The sequence of a table. Its first file settles the channels; others have the same, by name.
    pub fn table(&mut self, shown: &str, text: &str) -> Result<Content, ItemError> {
        let known = self.options.known.as_ref();
        let named = known.filter(|known| !known.columns.is_empty()).map(|known| known.columns.clone());
        let wanted = if self.channels.is_empty() { named } else { Some(self.channels.clone()) };
        let looked = Known { header: true, columns: wanted.clone().unwrap_or_default(), ..Known::default() };
        let options = ItemOptions { label_column: None, known: Some(looked.clone()), ..self.options.clone() };
        let mut cells = Cells::parse(shown, text, false, &options)?;
        let mut notes = Vec::new();
        let columns = if let Some(wanted) = wanted {
            let times = cells.times();
            let time = |k: &usize| times.contains(k) && !wanted.contains(&cells.names[*k]);
            let all: Vec<usize> = (0..cells.names.len()).filter(|k| !time(k)).collect();
            if cells.header || all.len() != wanted.len() { super::long::by_name(&cells, &all, &looked, &mut notes)? } else { all }
        } else {
            let time = cells.time(&ItemOptions { known: None, ..options.clone() }, &[])?.0.filter(|_| cells.names.len() > 1);
            let free = |k: &usize| Some(*k) != time;
            let (numbers, odd): (Vec<usize>, Vec<usize>) = (0..cells.names.len()).filter(free).partition(|&k| cells.is_numeric(k));
            notes.extend(odd.iter().map(|&k| format!("column \"{}\" holds no numbers and is left out", cells.names[k])));
            if let Some(time) = time {
                notes.push(format!("column \"{}\" is the time and no channel", cells.names[time]));
            }
            numbers
        };
        if columns.is_empty() {
            return Err(ItemError::invalid(shown, None, "no column of numbers"));
        }
        if self.channels.is_empty() {
            self.channels = columns.iter().map(|&k| cells.names[k].clone()).collect();
        }
        if let Ok((Some(time), hint)) = cells.time(&ItemOptions { known: None, ..options }, &columns) {
            let mut rows = vec![(0..cells.rows.len()).collect()];
            super::order::sort(&cells, time, hint, &mut rows, &mut notes);
            let order = rows.remove(0);
            cells.rows = order.into_iter().map(|at| cells.rows[at].clone()).collect();
        }
        self.said.extend(notes);
        let numbers = cells.rows.iter().flat_map(|(line, row)| columns.iter().map(|&k| cells.number(*line, row, k)));
        Ok(Content::Numbers(numbers.collect::<Result<_, _>>()?))
    }

    pub fn finish(self, set: &mut ItemSet) {
        set.known.columns.clone_from(&self.channels);
        set.known.header = !self.channels.is_empty();
        set.channels = self.channels;
        set.notes.extend(self.said);
    }
}
