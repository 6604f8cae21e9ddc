//! A result on its way to its place. A regular file appears whole or not at all; devices, pipes and what else may stand there are written into.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// Symbolic links that are followed, as Linux does.
const MOST_LINKS: usize = 40;
/// Start of the names of files that are not yet whole.
pub const UNFINISHED: &str = ".gatewise-";

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

/// A temporary file with the mode of a newly created one; its own would be the owner's alone.
///
/// # Errors
/// What the file system says.
pub fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(UNFINISHED).suffix(".tmp").tempfile_in(folder)
}

/// A temporary folder with the mode of a newly created one.
///
/// # Errors
/// What the file system says.
pub fn unfinished_folder(folder: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.prefix(UNFINISHED).suffix(".tmp").tempdir_in(folder)
}

fn beside(place: &Path) -> io::Result<NamedTempFile> {
    unfinished(folder(place))
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
