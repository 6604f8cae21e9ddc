//! Why a text could not be read.

use std::io;

/// Why a text could not be read. The message names the place, [`TextError::help`] the cure.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// File as given, or `<stdin>`.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A folder without a file.
    #[error("{path}: no file in this folder")]
    NoFiles {
        /// The folder.
        path: String,
    },
    /// No path at all.
    #[error("no path of a text was given")]
    NoPaths,
    /// Zero bytes, which no text has.
    #[error("{path}:{line}: a zero byte (byte {byte}): this is no text but a binary file")]
    Binary {
        /// The file.
        path: String,
        /// Line, from 1.
        line: u64,
        /// Byte of the file, from 0.
        byte: u64,
    },
    /// Text of two bytes a character.
    #[error("{path}: is UTF-16 text")]
    Utf16 {
        /// The file.
        path: String,
    },
    /// Bytes that are no UTF-8.
    #[error("{path}:{line}:{column}: byte {byte} (0x{value:02x}) is not UTF-8")]
    NotUtf8 {
        /// The file.
        path: String,
        /// Line, from 1.
        line: u64,
        /// Character of the line, from 1.
        column: u64,
        /// Byte of the file, from 0.
        byte: u64,
        /// What stands there.
        value: u8,
    },
}

impl TextError {
    pub(super) fn io(path: &str, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// What to do about it, without the word "help".
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("check the path; \"-\" reads standard input".to_owned())
            }
            Self::Io { .. } => None,
            Self::NoFiles { .. } | Self::NoPaths => Some("name a text file, or a folder with text files".to_owned()),
            Self::Binary { .. } => Some("give plain text; pages of PDF, Word and the like must be saved as text first".to_owned()),
            Self::Utf16 { path } => Some(format!("save it as UTF-8: iconv -f utf-16 -t utf-8 '{path}' > utf8.txt")),
            Self::NotUtf8 { path, .. } => {
                Some(format!("save the text as UTF-8; from CP949 (Korean): iconv -f CP949 -t UTF-8 '{path}' > utf8.txt"))
            }
        }
    }

    /// True where the file could not be read at all (exit status 1).
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }
}
