//! A path in a file of text: as it is where it is text, else its bytes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path, whatever its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct OsPath(PathBuf);

/// How it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes {
        /// Two hexadecimal digits each.
        hex: String,
    },
}

impl From<&Path> for OsPath {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl From<&OsPath> for PathBuf {
    fn from(path: &OsPath) -> Self {
        path.0.clone()
    }
}

impl AsRef<Path> for OsPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl From<OsPath> for Written {
    fn from(path: OsPath) -> Self {
        match path.0.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes { hex: path.0.as_os_str().as_encoded_bytes().iter().map(|byte| format!("{byte:02x}")).collect() },
        }
    }
}

impl TryFrom<Written> for OsPath {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let hex = match written {
            Written::Text(text) => return Ok(Self(text.into())),
            Written::Bytes { hex } => hex,
        };
        let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        let bytes = digits.collect::<Option<Vec<u8>>>().ok_or("the bytes of a path are two hexadecimal digits each")?;
        of_bytes(bytes).map(Self)
    }
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> Result<PathBuf, String> {
    Ok(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes)))
}

#[cfg(not(unix))]
fn of_bytes(_: Vec<u8>) -> Result<PathBuf, String> {
    Err("a path that is no text, from another system".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct File {
        path: OsPath,
    }

    #[cfg(unix)]
    #[test]
    fn every_path_comes_back() {
        use std::os::unix::ffi::OsStrExt;
        for bytes in [&b"a b.csv"[..], "매출.csv".as_bytes(), b"caf\xe9/\xff.csv", b""] {
            let path = Path::new(std::ffi::OsStr::from_bytes(bytes));
            let text = toml::to_string(&File { path: path.into() }).unwrap();
            assert_eq!(toml::from_str::<File>(&text).unwrap().path.as_ref(), path, "{text}");
        }
        assert!(toml::from_str::<File>("path = { hex = \"4\" }").is_ok_and(|f| f.path.as_ref() == Path::new("\u{4}")));
        assert!(toml::from_str::<File>("path = { hex = \"zz\" }").is_err());
    }
}
