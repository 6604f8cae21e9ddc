//! Tensors of a safetensors file of any program, as PyTorch's users write them, and a file with other values in them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use gatewise_memory::{Budget, OverBudget};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::file::write_atomic;
use crate::error::{Error, FormatError, Kind};

/// Names that an error lists.
const NAMED: usize = 6;

/// Floating-point numbers in the precision that computes: those of sixteen bits become 32.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// Out of F32, F16 and BF16.
    F32(Vec<f32>),
    /// Out of F64.
    F64(Vec<f64>),
}

/// A tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, as many as the shape says.
    pub numbers: Numbers,
}

/// Tensors that cannot be read, written or exchanged.
#[derive(Debug, thiserror::Error)]
pub enum TensorsError {
    /// A file that is none, or that the file system refuses.
    #[error(transparent)]
    File(#[from] FormatError),
    /// A file that memory cannot hold.
    #[error("{0}")]
    Memory(#[from] OverBudget),
    /// Numbers that are no floating-point ones.
    #[error("{}: tensor `{name}` has the type {dtype}; F64, F32, F16 and BF16 are read", path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A name that is not among those of the file.
    #[error("{}: there is no tensor `{name}`", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Other tensors than those of the model.
    #[error("the tensors are not those of the model: missing {}, unknown {}", list(missing), list(unknown))]
    Names {
        /// What the model has beside those given.
        missing: Vec<String>,
        /// What it has not.
        unknown: Vec<String>,
    },
    /// A tensor of another shape, or whose values do not fill it.
    #[error("tensor `{name}` has the shape {found:?} and {values} values; the model needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// Its values.
        values: usize,
        /// The model's shape.
        expected: Vec<usize>,
    },
    /// A number that is infinite or none.
    #[error("tensor `{name}`: value {at} is {value}")]
    NotFinite {
        /// The tensor.
        name: String,
        /// Which value, row-major.
        at: usize,
        /// What it is.
        value: f64,
    },
}

impl From<TensorsError> for Error {
    fn from(error: TensorsError) -> Self {
        match error {
            TensorsError::File(error) => error.into(),
            TensorsError::Memory(error) => Self::new(Kind::Usage, error.to_string()).help("raise ⦃memory-limit⦄"),
            other => Self::data(other.to_string()),
        }
    }
}

fn list(names: &[String]) -> String {
    let mut text = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => text += "none",
        count if count > NAMED => text += &format!(" and {} more", count - NAMED),
        _ => {}
    }
    text
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    fn to_f64(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::F32(values) => Box::new(values.iter().map(|&value| f64::from(value))),
            Self::F64(values) => Box::new(values.iter().copied()),
        }
    }

    fn bytes(&self, dtype: Dtype) -> Vec<u8> {
        match (dtype, self) {
            (Dtype::F64, _) => self.to_f64().flat_map(f64::to_le_bytes).collect(),
            (Dtype::F16, _) => self.to_f64().flat_map(|value| f16::from_f64(value).to_le_bytes()).collect(),
            (Dtype::BF16, _) => self.to_f64().flat_map(|value| bf16::from_f64(value).to_le_bytes()).collect(),
            (_, Self::F32(values)) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            (_, Self::F64(values)) => values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
        }
    }

    fn dtype(&self) -> Dtype {
        match self {
            Self::F32(_) => Dtype::F32,
            Self::F64(_) => Dtype::F64,
        }
    }
}

/// A safetensors file in memory.
///
/// ```
/// use gatewise::format::{NamedTensor, Numbers, TensorFile, write_tensors};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("net.safetensors");
/// let bias = NamedTensor { name: "rnn.bias_ih_l0".into(), shape: vec![2], numbers: Numbers::F64(vec![0.5, 0.25]) };
/// write_tensors(&path, &[bias.clone()])?;
/// let file = TensorFile::open(&path)?;
/// assert_eq!(file.names(), ["rnn.bias_ih_l0"]);
/// assert_eq!(file.tensor("rnn.bias_ih_l0")?, bias);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    bytes: Vec<u8>,
    names: Vec<String>,
}

impl TensorFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is no safetensors file or a damaged one, or is more than memory may hold.
    pub fn open(path: &Path) -> Result<Self, TensorsError> {
        let io = |source| FormatError::Io { action: "read", path: path.to_owned(), source };
        let size = fs::metadata(path).map_err(io)?.len();
        Budget::current().hold(path.display(), u128::from(size))?;
        Self::of_bytes(path, fs::read(path).map_err(io)?)
    }

    /// Takes the bytes of a file; `path` stands in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, TensorsError> {
        let mut file = Self { path: path.to_owned(), bytes, names: Vec::new() };
        let names: Vec<String> = file.parsed()?.names().into_iter().map(str::to_owned).collect();
        file.names = names;
        file.names.sort_unstable();
        Ok(file)
    }

    fn parsed(&self) -> Result<SafeTensors<'_>, FormatError> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| FormatError::Damaged { path: self.path.clone(), reason: e.to_string() })
    }

    /// Names of all tensors, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A tensor.
    ///
    /// # Errors
    /// A name that is none of its own, and numbers that are no floating-point ones.
    pub fn tensor(&self, name: &str) -> Result<NamedTensor, TensorsError> {
        let parsed = self.parsed()?;
        let absent = |_| TensorsError::Absent { path: self.path.clone(), name: name.to_owned() };
        let view = parsed.tensor(name).map_err(absent)?;
        let numbers = match view.dtype() {
            Dtype::F64 => Numbers::F64(view.data().as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect()),
            Dtype::F32 => Numbers::F32(view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()),
            Dtype::F16 => Numbers::F32(view.data().as_chunks::<2>().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect()),
            Dtype::BF16 => Numbers::F32(view.data().as_chunks::<2>().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect()),
            other => return Err(TensorsError::Type { path: self.path.clone(), name: name.to_owned(), dtype: format!("{other:?}") }),
        };
        Ok(NamedTensor { name: name.to_owned(), shape: view.shape().to_vec(), numbers })
    }

    /// The bytes of the same file with the values of `tensors` in place of its own, each rounded to the type that it has there.
    ///
    /// # Errors
    /// Names that are not those of the file, other shapes, and numbers that are not finite in a tensor that has none such.
    pub fn exchanged(&self, tensors: &[NamedTensor]) -> Result<Vec<u8>, TensorsError> {
        let parsed = self.parsed()?;
        let given: BTreeMap<&str, &NamedTensor> = tensors.iter().map(|tensor| (&tensor.name[..], tensor)).collect();
        let missing: Vec<String> = self.names.iter().filter(|name| !given.contains_key(&name[..])).cloned().collect();
        let unknown: Vec<String> =
            given.keys().map(|name| (*name).to_owned()).filter(|name| self.names.binary_search(name).is_err()).collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(TensorsError::Names { missing, unknown });
        }
        let mut exchanged = BTreeMap::new();
        for (name, view) in parsed.tensors() {
            let tensor = given[&name[..]];
            let values = tensor.numbers.len();
            if tensor.shape != view.shape() || values != view.shape().iter().product::<usize>() {
                return Err(TensorsError::Shape { name, found: tensor.shape.clone(), values, expected: view.shape().to_vec() });
            }
            // What was seen of missing cells may be none.
            let sound = || self.tensor(&name).map(|own| own.numbers.to_f64().all(f64::is_finite));
            if let Some((at, value)) = tensor.numbers.to_f64().enumerate().find(|(_, value)| !value.is_finite())
                && sound()?
            {
                return Err(TensorsError::NotFinite { name, at, value });
            }
            exchanged.insert(name, (view.dtype(), view.shape().to_vec(), tensor.numbers.bytes(view.dtype())));
        }
        let (_, header) =
            SafeTensors::read_metadata(&self.bytes).map_err(|e| FormatError::Damaged { path: self.path.clone(), reason: e.to_string() })?;
        Ok(serialized(&exchanged, header.metadata().clone()))
    }
}

/// Type, shape and bytes of tensors by name.
type Raw = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn serialized(tensors: &Raw, metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).expect("the values fill the shape, as was checked");
        (name, view)
    });
    safetensors::serialize(views, metadata).expect("metadata of strings can be written")
}

/// Writes tensors as PyTorch's users read them, beside their place first and then renamed.
///
/// # Errors
/// A tensor whose values do not fill its shape, and what the file system says.
pub fn write_tensors(path: &Path, tensors: &[NamedTensor]) -> Result<(), TensorsError> {
    let mut raw = Raw::new();
    for NamedTensor { name, shape, numbers } in tensors {
        if gatewise_memory::product(shape) != numbers.len() as u128 {
            let (found, expected) = (shape.clone(), vec![numbers.len()]);
            return Err(TensorsError::Shape { name: name.clone(), found, values: numbers.len(), expected });
        }
        raw.insert(name.clone(), (numbers.dtype(), shape.clone(), numbers.bytes(numbers.dtype())));
    }
    // What PyTorch's own writer says.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    Ok(write_atomic(path, &serialized(&raw, Some(metadata)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize], numbers: Numbers) -> NamedTensor {
        NamedTensor { name: name.into(), shape: shape.to_vec(), numbers }
    }

    fn file(dtypes: &[(&str, Dtype)]) -> TensorFile {
        let metadata = HashMap::from([("key".to_owned(), "value".to_owned())]);
        let values = Numbers::F32(vec![0.5, -2.0, 1.0 / 3.0]);
        let raw = dtypes.iter().map(|(name, dtype)| ((*name).to_owned(), (*dtype, vec![3], values.bytes(*dtype)))).collect();
        TensorFile::of_bytes(Path::new("m"), serialized(&raw, Some(metadata))).unwrap()
    }

    #[test]
    fn every_width_of_floating_point_numbers_is_read() {
        let all = [("a", Dtype::F64), ("b", Dtype::F32), ("c", Dtype::F16), ("d", Dtype::BF16)];
        let file = file(&all);
        assert_eq!(file.names(), ["a", "b", "c", "d"]);
        for ((name, _), digits) in all.iter().zip([1e-7, 0.0, 1e-3, 1e-2]) {
            let got = file.tensor(name).unwrap();
            assert_eq!(got.shape, [3]);
            assert_eq!(matches!(got.numbers, Numbers::F64(_)), *name == "a");
            let third = got.numbers.to_f64().nth(2).unwrap();
            assert!((third - f64::from(1.0_f32 / 3.0)).abs() <= digits, "{name}: {third}");
        }
        assert!(matches!(file.tensor("e"), Err(TensorsError::Absent { .. })));
    }

    #[test]
    fn other_numbers_are_refused_where_they_are_asked_for() {
        let raw = Raw::from([("n".to_owned(), (Dtype::I64, vec![1], 7_i64.to_le_bytes().to_vec()))]);
        let file = TensorFile::of_bytes(Path::new("m"), serialized(&raw, None)).unwrap();
        assert_eq!(file.tensor("n").unwrap_err().to_string(), "m: tensor `n` has the type I64; F64, F32, F16 and BF16 are read");
    }

    #[test]
    fn values_are_exchanged_and_all_else_stays() {
        let before = file(&[("a", Dtype::F64), ("h", Dtype::F16)]);
        let others = [tensor("h", &[3], Numbers::F64(vec![1.0, 2.0, 1.0 / 3.0])), tensor("a", &[3], Numbers::F32(vec![4.0, 5.0, 6.0]))];
        let after = TensorFile::of_bytes(Path::new("m"), before.exchanged(&others).unwrap()).unwrap();
        assert_eq!(after.tensor("a").unwrap().numbers, Numbers::F64(vec![4.0, 5.0, 6.0]));
        let Numbers::F32(halves) = after.tensor("h").unwrap().numbers else { panic!("sixteen bits become 32") };
        assert_eq!(halves, [1.0, 2.0, f16::from_f64(1.0 / 3.0).to_f32()]);
        let (_, header) = SafeTensors::read_metadata(&after.bytes).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["key"], "value");
    }

    #[test]
    fn foreign_tensors_are_named() {
        let file = file(&[("a", Dtype::F32), ("b", Dtype::F32)]);
        let three = |name: &str| tensor(name, &[3], Numbers::F32(vec![1.0; 3]));
        let message = |tensors: &[NamedTensor]| file.exchanged(tensors).unwrap_err().to_string();
        assert_eq!(message(&[three("a"), three("c")]), "the tensors are not those of the model: missing `b`, unknown `c`");
        let wrong = tensor("b", &[1, 3], Numbers::F32(vec![1.0; 3]));
        assert_eq!(message(&[three("a"), wrong]), "tensor `b` has the shape [1, 3] and 3 values; the model needs [3]");
        assert!(message(&[three("a"), tensor("b", &[3], Numbers::F32(vec![1.0]))]).contains("1 values"));
        let nan = tensor("b", &[3], Numbers::F32(vec![1.0, f32::NAN, 1.0]));
        assert_eq!(message(&[three("a"), nan.clone()]), "tensor `b`: value 1 is NaN");
        // A tensor that has such may have them.
        let raw = Raw::from([("b".to_owned(), (Dtype::F32, vec![3], nan.numbers.bytes(Dtype::F32)))]);
        let own = TensorFile::of_bytes(Path::new("m"), serialized(&raw, None)).unwrap();
        assert!(own.exchanged(&[nan]).is_ok());
    }

    #[test]
    fn files_that_are_none_are_refused() {
        let whole = file(&[("a", Dtype::F32)]).bytes;
        let of = |bytes: Vec<u8>| TensorFile::of_bytes(Path::new("m"), bytes);
        for length in 0..whole.len() {
            assert!(matches!(of(whole[..length].to_vec()), Err(TensorsError::File(FormatError::Damaged { .. }))), "{length}");
        }
        // Headers that promise what is not there.
        let with = |header: &str| {
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend_from_slice(header.as_bytes());
            bytes
        };
        for header in [
            r#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}"#,
            r#"{"a":{"dtype":"F32","shape":[18446744073709551615,18446744073709551615],"data_offsets":[0,4]}}"#,
            r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615]}}"#,
            r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
            r#"{"a":[]}"#,
        ] {
            assert!(of(with(header)).is_err(), "{header}");
        }
        let mut huge = u64::MAX.to_le_bytes().to_vec();
        huge.extend_from_slice(b"{}");
        assert!(of(huge).is_err());
        assert!(matches!(TensorFile::open(Path::new("missing")), Err(TensorsError::File(FormatError::Io { .. }))));
        let lying = tensor("a", &[usize::MAX, 2], Numbers::F32(vec![1.0]));
        assert!(matches!(write_tensors(Path::new("never"), &[lying]), Err(TensorsError::Shape { .. })));
    }
}
