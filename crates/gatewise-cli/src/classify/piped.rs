//! A clip, or a table of paths, from standard input.

use std::io::{Read, Write};
use std::path::Path;

use crate::cli_error::CliError;

/// A clip that came through standard input, in a file that goes with it; none where a table came.
#[derive(Default)]
pub struct Piped(Option<tempfile::NamedTempFile>);

impl Piped {
    /// Where it is.
    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(tempfile::NamedTempFile::path)
    }
}

/// What is known of a file by its first bytes: the ending it should have.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'R', b'I' | b'F', b'F' | b'6', b'F' | b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => ".wav",
        [b'f', b'L', b'a', b'C', ..] => ".flac",
        [b'O', b'g', b'g', b'S', ..] => ".ogg",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xfe, ..] => ".mp3",
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', ..] => ".m4a",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => ".mp4",
        [b'G', b'I', b'F', b'8', ..] => ".gif",
        [b'Y', b'U', b'V', b'4', ..] => ".y4m",
        [0x89, b'P', b'N', b'G', ..] => ".png",
        [0xff, 0xd8, ..] => ".jpg",
        // A table of paths, which lie beside where the command runs.
        _ => ".csv",
    }
}

/// Takes a clip, or a table of paths, from standard input.
pub fn piped() -> Result<Piped, CliError> {
    let failed = |e: std::io::Error| CliError::io(format!("<stdin>: {e}"));
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
    let ending = ending(&bytes);
    let builder = &mut tempfile::Builder::new();
    let named = builder.prefix("gatewise-").suffix(ending);
    // Paths of a table are looked for beside it.
    let mut file = if ending == ".csv" { named.tempfile_in(".") } else { named.tempfile() }.map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.flush()).map_err(failed)?;
    Ok(Piped(Some(file)))
}
