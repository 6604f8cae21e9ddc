//! A result on its way to its place. A regular file appears whole or not at all; devices, pipes and what else may stand there are written into.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// Symbolic links that are followed, as Linux does.
const MOST_LINKS: usize = 40;
/// Start and end of the names of files and folders that are not yet whole.
const UNFINISHED: &str = ".gatewise-";
const SUFFIX: &str = ".tmp";
/// Seconds after which something unfinished is abandoned, where nothing is known of its process.
const ABANDONED: u64 = 60;

/// A file that is written bit by bit.
///
/// A new file, or one that replaces a regular file, is written beside its place and renamed when it is whole, with the mode of the one before; links
/// are followed, so that what they point to is replaced and they stay. A device or pipe is written into as it is, and so is a file that other names
/// or another owner share, or whose folder takes no files.
#[derive(Debug)]
pub struct OutputFile {
    to: To,
}

#[derive(Debug)]
enum To {
    Through(BufWriter<File>),
    Beside { file: BufWriter<NamedTempFile>, place: PathBuf },
}

impl OutputFile {
    /// Opens the way to `path`.
    ///
    /// # Errors
    /// What the file system says: a folder that is not there, a file that may not be written, a folder in its place.
    pub fn create(path: &Path) -> io::Result<Self> {
        let through = |file: File| Ok(Self { to: To::Through(BufWriter::new(file)) });
        let place = followed(path)?;
        let Ok(before) = fs::metadata(&place) else {
            return beside(&place).map(|file| Self { to: To::Beside { file: BufWriter::new(file), place } });
        };
        if before.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !before.is_file() || is_stream(path) {
            return through(OpenOptions::new().append(true).open(path)?);
        }
        // A file that may not be written is not to be replaced either.
        OpenOptions::new().append(true).open(&place)?;
        let in_place = || OpenOptions::new().write(true).truncate(true).open(&place);
        match beside(&place) {
            Ok(file) if !is_shared(&before, file.as_file().metadata().ok().as_ref()) => {
                file.as_file().set_permissions(before.permissions())?;
                Ok(Self { to: To::Beside { file: BufWriter::new(file), place } })
            }
            Ok(_) => through(in_place()?),
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => through(in_place()?),
            Err(e) => Err(e),
        }
    }

    /// Whether a file could be written at `path`, without touching what is there.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn probe(path: &Path) -> io::Result<()> {
        let place = followed(path)?;
        match fs::metadata(&place) {
            Err(_) => beside(&place).map(drop),
            Ok(before) if before.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // To open a pipe is to wait for its reader.
            Ok(before) if !before.is_file() => Ok(()),
            Ok(_) => OpenOptions::new().append(true).open(&place).map(drop),
        }
    }

    /// Puts the file in its place. With `synced`, it and its name are on the disk afterwards.
    ///
    /// # Errors
    /// What the file system says.
    pub fn finish(self, synced: bool) -> io::Result<()> {
        match self.to {
            To::Through(file) => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                // A pipe has nothing to sync.
                let _ = synced.then(|| file.sync_all());
                Ok(())
            }
            To::Beside { file, place } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                if synced {
                    file.as_file().sync_all()?;
                }
                file.persist(&place).map_err(|e| e.error)?;
                if synced { sync_folder(folder(&place)) } else { Ok(()) }
            }
        }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Through(file) => file.write(bytes),
            To::Beside { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Through(file) => file.flush(),
            To::Beside { file, .. } => file.flush(),
        }
    }
}

/// A temporary file with the mode of a newly created one; its own would be the owner's alone. It is locked, so that nobody clears it away.
///
/// # Errors
/// What the file system says.
pub fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.prefix(&own_prefix()).suffix(SUFFIX).tempfile_in(folder)?;
    // Where the file system knows no locks, nothing is cleared away either.
    let _ = file.as_file().try_lock();
    Ok(file)
}

/// A temporary folder with the mode of a newly created one.
///
/// # Errors
/// What the file system says.
pub fn unfinished_folder(folder: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.prefix(&own_prefix()).suffix(SUFFIX).tempdir_in(folder)
}

/// Whose it is stands in the name of what is unfinished.
fn own_prefix() -> String {
    format!("{UNFINISHED}{}-", std::process::id())
}

/// Whether a name is that of something unfinished.
pub fn is_unfinished(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(UNFINISHED) && name.ends_with(SUFFIX)
}

/// Removes what killed processes left unfinished in a folder: what nobody has locked, and whose process has ended or is not known to live.
///
/// # Errors
/// What the file system says.
pub fn clear_abandoned(folder: &Path) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if !is_unfinished(&entry.file_name()) || !has_ended(&entry) || !matches!(File::open(entry.path()).map(|f| f.try_lock()), Ok(Ok(())))
        {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether the process that made something is gone: the system does not list it, or, where that cannot be told, a minute has passed.
fn has_ended(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().into_owned();
    let process = name.strip_prefix(UNFINISHED).and_then(|rest| rest.split_once('-')).and_then(|(id, _)| id.parse::<u32>().ok());
    let listed = Path::new("/proc/self").exists();
    if let Some(process) = process.filter(|_| listed) {
        return !Path::new("/proc").join(process.to_string()).exists();
    }
    let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age.as_secs() >= ABANDONED)
}

/// An unfinished file beside a place. An error speaks of the folder: the name of the file is nobody's concern.
fn beside(place: &Path) -> io::Result<NamedTempFile> {
    let folder = folder(place);
    fs::metadata(folder).map_err(|e| io::Error::new(e.kind(), format!("the folder {}: {e}", folder.display())))?;
    unfinished(folder).map_err(|e| io::Error::new(e.kind(), format!("the folder {}: {}", folder.display(), io::Error::from(e.kind()))))
}

fn folder(place: &Path) -> &Path {
    place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a new name in a folder last; where a folder cannot be opened as a file, the system has no such call.
///
/// # Errors
/// What the file system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

/// Where a path leads when its last part is a symbolic link, also to what is not there yet.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&place) {
            // A link of /proc to a pipe names no path.
            Ok(to) if is_stream(&place) && !to.is_absolute() => return Ok(place),
            Ok(to) => place = folder(&place).join(to),
            Err(_) => return Ok(place),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether a path names an open stream, such as /dev/stdout, that others write to as well.
fn is_stream(path: &Path) -> bool {
    cfg!(unix) && ["/dev", "/proc"].iter().any(|root| path.starts_with(root))
}

/// Whether replacing the file would cut it from other names, or give it another owner.
#[cfg(unix)]
fn is_shared(before: &Metadata, new: Option<&Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt;
    before.nlink() > 1 || new.is_none_or(|new| (before.uid(), before.gid()) != (new.uid(), new.gid()))
}

#[cfg(not(unix))]
fn is_shared(_: &Metadata, _: Option<&Metadata>) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str) -> io::Result<()> {
        let mut file = OutputFile::create(path)?;
        file.write_all(text.as_bytes())?;
        file.finish(true)
    }

    #[test]
    fn a_file_appears_whole_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        put(&path, "old").unwrap();
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"ne").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "until it is whole");
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old", "and where it never is");
        put(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(put(&folder.path().join("absent/a.csv"), "").is_err());
        assert_eq!(put(folder.path(), "").unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert!(OutputFile::probe(&path).is_ok() && OutputFile::probe(&folder.path().join("b.csv")).is_ok());
        assert!(OutputFile::probe(folder.path()).is_err() && OutputFile::probe(&folder.path().join("absent/a.csv")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_killed_processes_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // No process has a number beyond those that Linux gives.
        let gone = [".gatewise-4194999-a.tmp", ".gatewise-4194998-folder.tmp"];
        fs::write(at(gone[0]), "half").unwrap();
        fs::create_dir(at(gone[1])).unwrap();
        fs::write(at(gone[1]).join("config.toml"), "half").unwrap();
        let stays = [
            ".gatewise-notes".to_owned(),
            "x.tmp".to_owned(),
            format!(".gatewise-{}-mine.tmp", std::process::id()),
            ".gatewise-old.tmp".to_owned(),
        ];
        stays.iter().for_each(|name| fs::write(at(name), "").unwrap());
        let held = unfinished(folder.path()).unwrap();
        let locked = File::create(at(".gatewise-4194997-locked.tmp")).unwrap();
        locked.lock().unwrap();
        clear_abandoned(folder.path()).unwrap();
        assert!(gone.iter().all(|name| !at(name).exists()));
        assert!(stays.iter().all(|name| at(name).exists()) && held.path().exists() && at(".gatewise-4194997-locked.tmp").exists());
        drop(locked);
        clear_abandoned(folder.path()).unwrap();
        assert!(!at(".gatewise-4194997-locked.tmp").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_modes_and_other_names_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [target, link, loose, other] = ["t.csv", "l.csv", "loose.csv", "other.csv"].map(|name| folder.path().join(name));
        put(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("t.csv", &link).unwrap();
        put(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);

        symlink("made.csv", &loose).unwrap();
        put(&loose, "made").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("made.csv")).unwrap(), "made", "a link to what was not there");

        fs::hard_link(&target, &other).unwrap();
        put(&other, "both").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "both");

        symlink("circle", folder.path().join("circle")).unwrap();
        assert!(put(&folder.path().join("circle"), "").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_written_into() {
        use std::os::unix::fs::FileTypeExt;
        put(Path::new("/dev/null"), "gone").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: no mkfifo");
            return;
        }
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read_to_string(pipe).unwrap()
        });
        put(&pipe, "through").unwrap();
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
