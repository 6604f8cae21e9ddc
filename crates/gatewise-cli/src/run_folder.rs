//! The folder a run leaves behind. Every file in it is written beside and renamed.

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewise::Isa;
use gatewise::error::FormatError;
use gatewise::format::{OutputFile, clear_abandoned, is_unfinished, sync_folder, unfinished, unfinished_folder, write_atomic};
use gatewise_data::TableNames;
use tempfile::TempDir;

use crate::cli_error::{CliError, as_flags};
use crate::console::Console;
use crate::table_file::write_table;

/// Most runs of one name that are told apart.
const MAX_RUNS: usize = 100_000;

/// An existing folder that belongs to this run alone.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    /// The folder, locked as long as a run works in it.
    _lock: Option<Arc<File>>,
}

impl RunFolder {
    /// Makes a new folder with its first files: the one given, or `runs/<stem>-<n>` with the first free number. It appears with all of them,
    /// so that a run which is killed at its start can be resumed.
    pub fn create(given: Option<&Path>, data: &Path, files: &[(&str, &[u8])]) -> Result<Self, CliError> {
        let unwritable = |path: &Path, e: std::io::Error| {
            CliError::io(format!("{}: cannot make the folder of the run: {e}", path.display()))
                .help("name a folder you can write to with --run, or go to one")
        };
        // What would fail afterwards leaves no folder behind.
        Isa::from_env().map_err(CliError::usage)?;
        if let Some(path) = given {
            let taken = || {
                CliError::io(format!("{}: there is something already, and a run never overwrites another", path.display()))
                    .help("name a new folder, or leave the name out for the next free one in runs/")
            };
            if path.is_dir() {
                // A folder that someone made for the run keeps its mode, its owner and its links.
                if path.read_dir().map_err(|e| unwritable(path, e))?.next().is_some() {
                    return Err(taken());
                }
                let lock = lock(path).map_err(|e| unwritable(path, e))?.map_err(|_| taken())?;
                let run = Self { path: path.to_path_buf(), _lock: lock };
                return run.fill(files).map(|()| run).map_err(|e| unwritable(path, e));
            }
            if path.symlink_metadata().is_ok() {
                return Err(taken());
            }
            let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            std::fs::create_dir_all(base).map_err(|e| unwritable(path, e))?;
            let made = Self::beside(base, files).map_err(|e| unwritable(path, e))?;
            return made.put(path).map_err(|e| unwritable(path, e))?.map_err(|_| taken());
        }
        let stem = stem(data);
        let base = Path::new("runs");
        std::fs::create_dir_all(base).map_err(|e| unwritable(base, e))?;
        let mut made = Self::beside(base, files).map_err(|e| unwritable(base, e))?;
        for n in 1..MAX_RUNS {
            let path = base.join(format!("{stem}-{n}"));
            if path.symlink_metadata().is_ok() {
                continue;
            }
            match made.put(&path).map_err(|e| unwritable(&path, e))? {
                Ok(run) => return Ok(run),
                Err(again) => made = again,
            }
        }
        Err(CliError::io(format!("runs/ holds {MAX_RUNS} runs named {stem}")).help("name the run's folder with --run"))
    }

    /// A folder under a name of its own in `base`, locked, with its files. What killed runs have left there is cleared away.
    fn beside(base: &Path, files: &[(&str, &[u8])]) -> std::io::Result<Unplaced> {
        clear_abandoned(base)?;
        let folder = unfinished_folder(base)?;
        let lock = lock(folder.path())?.map_err(|_| std::io::Error::other("another process works in it"))?;
        let run = Self { path: folder.path().to_path_buf(), _lock: lock };
        run.fill(files)?;
        Ok(Unplaced { folder, run })
    }

    fn fill(&self, files: &[(&str, &[u8])]) -> std::io::Result<()> {
        files.iter().try_for_each(|(name, bytes)| write_atomic(&self.file(name), bytes).map_err(std::io::Error::other))
    }

    /// Whether a training has left something to go on from.
    pub fn has_learned(&self) -> Result<bool, CliError> {
        let unreadable = |e: std::io::Error| CliError::io(format!("{}: {e}", self.path.display()));
        for entry in self.path.read_dir().map_err(unreadable)? {
            if entry.map_err(unreadable)?.path().extension().is_some_and(|extension| extension == "safetensors") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps its place when the program goes to another folder.
    pub fn make_absolute(&mut self) -> Result<(), CliError> {
        self.path = self.path.canonicalize().map_err(|e| CliError::io(format!("{}: {e}", self.path.display())))?;
        Ok(())
    }

    /// The folder of an earlier run.
    pub fn open(path: &Path) -> Result<Self, CliError> {
        if !path.is_dir() {
            return Err(CliError::io(format!("{}: no such folder", path.display())).help("name a run folder, such as runs/sales-1"));
        }
        let unreadable = |e: std::io::Error| CliError::io(format!("{}: {e}", path.display()));
        let lock = lock(path)
            .map_err(unreadable)?
            .map_err(|_| CliError::io(format!("{}: another process trains in it", path.display())).help("wait for it to end, or end it"))?;
        sweep(path).map_err(unreadable)?;
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file whole.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, CliError> {
        let path = self.file(name);
        write_atomically(&path, bytes)?;
        Ok(path)
    }

    /// The text of the run's settings; empty where it has none.
    pub fn settings(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.file("config.toml")).unwrap_or_default()).into_owned()
    }

    /// Writes the page of the run, with its settings as flags.
    pub fn write_page(&self, page: &str) -> Result<PathBuf, CliError> {
        self.write("report.html", as_flags(page).as_bytes())
    }

    /// As [`write`](Self::write), for what is written again and again while a training waits: the disk may take it later.
    pub fn write_unsynced(&self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let path = self.file(name);
        let mut file = Stream::create(&path)?;
        file.write_all(bytes).map_err(|e| Stream::failed(&path, e))?;
        file.finish()
    }
}

/// A run folder on its way to its place.
struct Unplaced {
    folder: TempDir,
    run: RunFolder,
}

impl Unplaced {
    /// Gives it its name; itself again where another took that.
    fn put(self, path: &Path) -> std::io::Result<Result<RunFolder, Self>> {
        match std::fs::rename(self.folder.path(), path) {
            Ok(()) => {
                // It is no longer where it would be removed from.
                let _ = self.folder.keep();
                sync_folder(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
                Ok(Ok(RunFolder { path: path.to_path_buf(), ..self.run }))
            }
            Err(e) if path.symlink_metadata().is_ok() && e.kind() != std::io::ErrorKind::PermissionDenied => Ok(Err(self)),
            Err(e) => Err(e),
        }
    }
}

/// Locks a folder until the file is closed; an error inside where another process has done so, nothing where the system cannot lock folders.
fn lock(folder: &Path) -> std::io::Result<Result<Option<Arc<File>>, TryLockError>> {
    if !cfg!(unix) {
        return Ok(Ok(None));
    }
    let file = File::open(folder)?;
    Ok(match file.try_lock() {
        Ok(()) => Ok(Some(Arc::new(file))),
        Err(TryLockError::Error(_)) => Ok(None),
        Err(taken) => Err(taken),
    })
}

/// Removes what a run that was killed has left half-written.
fn sweep(folder: &Path) -> std::io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if is_unfinished(&entry.file_name()) && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The data's file name as part of a folder's name.
fn stem(data: &Path) -> String {
    let stem = data.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let safe: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '_' || c == '-' { c } else { '-' }).collect();
    let safe = safe.trim_matches('-');
    if safe.is_empty() { "data".to_string() } else { safe.to_string() }
}

/// Writes a file beside its place and renames it: the old file or the new, never half.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    write_atomic(path, bytes).map_err(unwritable)
}

/// Writes `<stem>-<n>.<extension>` in a folder with the first free number, whole and over nothing.
pub fn write_next(folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, CliError> {
    let mut file = unfinished(folder).map_err(|e| Stream::failed(folder, e))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|e| Stream::failed(folder, e))?;
    for n in 1..MAX_RUNS {
        let path = folder.join(format!("{stem}-{n}.{extension}"));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => file = e.file,
            Err(e) => return Err(Stream::failed(&path, e.error)),
        }
    }
    Err(CliError::io(format!("{}: there are {MAX_RUNS} files named {stem}", folder.display())).help("name a file"))
}

/// Gives a table to the file that the user named, in the form that its name asks for, and says `what` is in it; else to standard output, unless that carries
/// events.
pub fn deliver(bytes: Vec<u8>, output: Option<&Path>, names: &TableNames<'_>, what: &str, console: Console) -> anyhow::Result<()> {
    match output {
        Some(path) => {
            write_table(path, &bytes, names)?;
            console.info(format!("{what} in {}", path.display()));
        }
        None if console.json() => {}
        None => console.print_table(&bytes)?,
    }
    Ok(())
}

fn unwritable(error: FormatError) -> CliError {
    CliError::io(error.to_string()).help("is the folder there and writable, and the disk not full?")
}

/// A file that is written bit by bit and appears when it is whole.
#[derive(Debug)]
pub struct Stream {
    file: OutputFile,
    path: PathBuf,
}

impl Stream {
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let file = OutputFile::create(path).map_err(|e| Self::failed(path, e))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// Puts the file in its place.
    pub fn finish(self) -> Result<(), CliError> {
        let Self { file, path } = self;
        file.finish(false).map_err(|e| Self::failed(&path, e))
    }

    /// What the file system said of the file.
    pub fn failed(path: &Path, source: std::io::Error) -> CliError {
        unwritable(FormatError::Io { action: "write", path: path.to_path_buf(), source })
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_data() {
        for (data, expected) in [("a/b c.csv", "b-c"), ("-", "data"), ("ETTh1.csv", "ETTh1"), ("매출.csv", "매출"), ("..", "data")] {
            assert_eq!(stem(Path::new(data)), expected, "{data}");
        }
    }

    #[test]
    fn a_numbered_file_is_never_overwritten() {
        let base = tempfile::tempdir().unwrap();
        std::fs::write(base.path().join("page-2.html"), "old").unwrap();
        let written: Vec<PathBuf> = (0..2).map(|n| write_next(base.path(), "page", "html", &[b'0' + n]).unwrap()).collect();
        assert_eq!(written, [base.path().join("page-1.html"), base.path().join("page-3.html")]);
        let texts = ["page-1.html", "page-2.html", "page-3.html"].map(|name| std::fs::read_to_string(base.path().join(name)).unwrap());
        assert_eq!(texts, ["0", "old", "1"]);
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 3, "nothing is left beside");
        assert!(write_next(&base.path().join("absent"), "page", "html", b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_run_is_worked_in_by_one_process_and_cleared_of_what_another_left() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("run");
        let run = RunFolder::create(Some(&path), Path::new("x.csv"), &[]).unwrap();
        assert!(RunFolder::open(&path).unwrap_err().to_string().contains("another process"));
        let other = run.clone();
        drop(run);
        assert!(RunFolder::open(&path).is_err(), "a copy holds it too");
        drop(other);
        std::fs::write(path.join(".gatewise-abc.tmp"), "half").unwrap();
        std::fs::write(path.join("model.safetensors"), "whole").unwrap();
        let run = RunFolder::open(&path).unwrap();
        assert_eq!(std::fs::read_dir(run.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_run_appears_with_its_files_and_clears_away_what_never_came_to_its_place() {
        let base = tempfile::tempdir().unwrap();
        std::fs::create_dir(base.path().join(".gatewise-4194999-old.tmp")).unwrap();
        let path = base.path().join("run");
        let run = RunFolder::create(Some(&path), Path::new("x.csv"), &[("begun.toml", b"a"), ("config.toml", b"b")]).unwrap();
        assert_eq!(std::fs::read(run.file("config.toml")).unwrap(), b"b");
        let left = std::fs::read_dir(base.path()).unwrap().count();
        assert_eq!(left, if Path::new("/proc/self").exists() { 1 } else { 2 });
        assert!(!run.has_learned().unwrap());
        run.write("last.safetensors", b"").unwrap();
        assert!(run.has_learned().unwrap());
    }

    #[test]
    fn a_folder_with_files_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("run");
        let run = RunFolder::create(Some(&path), Path::new("x.csv"), &[]).unwrap();
        run.write("a.txt", b"old").unwrap();
        assert!(RunFolder::create(Some(&path), Path::new("x.csv"), &[]).is_err());
        run.write("a.txt", b"new").unwrap();
        assert_eq!(std::fs::read(run.file("a.txt")).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1, "nothing is left beside");
    }
}
