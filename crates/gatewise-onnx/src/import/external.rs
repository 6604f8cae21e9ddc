//! Numbers that lie in another file, which has to be beside the model or below it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use gatewise_memory::Budget;

use super::constant::{shape, width};
use super::error::{ImportError, brief};
use crate::proto::{GraphProto, TensorProto};

/// Puts the numbers that lie in other files of a folder into the graph. Whether there were any.
///
/// # Errors
/// A place that is none below the folder, and a file that does not hold them.
pub(crate) fn take_in(graph: &mut GraphProto, folder: &Path) -> Result<bool, ImportError> {
    let (mut any, mut held) = (false, 0);
    let attributes = graph.node.iter_mut().flat_map(|node| &mut node.attribute).filter_map(|attribute| attribute.t.as_mut());
    for tensor in graph.initializer.iter_mut().chain(attributes) {
        if tensor.data_location.unwrap_or(0) == 0 {
            continue;
        }
        let name = brief(tensor.name.as_deref().unwrap_or_default());
        tensor.raw_data = Some(numbers(tensor, &name, folder, &mut held)?);
        tensor.data_location = None;
        tensor.external_data.clear();
        any = true;
    }
    Ok(any)
}

fn numbers(tensor: &TensorProto, name: &str, folder: &Path, held: &mut u128) -> Result<Vec<u8>, ImportError> {
    let wrong = |reason: String| ImportError::Constant {
        name: name.to_owned(),
        reason,
        remedy: Some("lay the file that was exported with the model beside it, or export with the numbers inside".to_owned()),
    };
    let entry = |key: &str| tensor.external_data.iter().find(|entry| entry.key.as_deref() == Some(key)).and_then(|e| e.value.as_deref());
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| wrong(format!("its {key} in another file is \"{}\"", brief(text)))),
    };
    let location = entry("location").ok_or_else(|| wrong("it says not in which file its numbers lie".to_owned()))?;
    let path = within(folder, location).map_err(wrong)?;
    let code = tensor.data_type.unwrap_or(0);
    let count = shape(tensor).map_err(|(reason, _)| wrong(reason))?.count() as u64;
    let needed = width(code).and_then(|width| count.checked_mul(width as u64));
    let needed = needed.ok_or_else(|| wrong("its size or type is none that is supported".to_owned()))?;
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?.unwrap_or(needed));
    if length != needed {
        return Err(wrong(format!("{length} bytes are said to lie in {}, and its shape asks for {needed}", path.display())));
    }
    let io = |source| ImportError::Io { path: path.clone(), source };
    let mut file = File::open(&path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    if offset.checked_add(length).is_none_or(|end| end > size) {
        return Err(wrong(format!("{} has {size} bytes, and {length} from byte {offset} on are needed", path.display())));
    }
    *held += u128::from(length);
    Budget::current().hold(path.display(), *held)?;
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 != length {
        return Err(wrong(format!("{} became shorter while it was read", path.display())));
    }
    Ok(bytes)
}

/// The path of a location below a folder, which no link leads out of.
fn within(folder: &Path, location: &str) -> Result<PathBuf, String> {
    let shown = brief(location);
    let relative = Path::new(location);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if location.is_empty() || location.contains('\\') || location.contains('\0') || !plain {
        return Err(format!("its numbers are said to lie in \"{shown}\", which is no file beside the model"));
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let path = folder.join(relative);
    let absent = |e: std::io::Error| format!("its numbers lie in {}, which cannot be read: {e}", path.display());
    let (real, inside) = (path.canonicalize().map_err(absent)?, folder.canonicalize().map_err(absent)?);
    if !real.starts_with(&inside) || !real.is_file() {
        return Err(format!("its numbers are said to lie in \"{shown}\", which is no file beside the model"));
    }
    Ok(real)
}
