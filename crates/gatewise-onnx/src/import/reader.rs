//! A node as its operator reads it: inputs by what is known of them, attributes by their names.

use std::cell::RefCell;

use gatewise_kernels::Cpu;

use super::error::{Fault, brief, fault};
use super::tensor::{Constant, Dtype};
use crate::proto::{AttributeProto, NodeProto, TensorProto};

/// Kinds of attributes, as their field `type` has them.
const KINDS: [&str; 9] = ["nothing", "a number", "a whole number", "a text", "a tensor", "a graph", "numbers", "whole numbers", "texts"];

/// Attributes that an operator may have.
const MOST_ATTRIBUTES: usize = 64;

/// A node that is being read.
pub(crate) struct Reader<'a> {
    pub(crate) proto: &'a NodeProto,
    /// Version of the set of operators.
    pub(crate) opset: i64,
    /// What weights are packed for.
    pub(crate) cpu: &'a Cpu,
    /// Types and, where they are constant, values of the inputs.
    pub(crate) inputs: Vec<Option<(Dtype, Option<&'a Constant>)>>,
    /// Outputs that are wanted.
    pub(crate) outputs: Vec<bool>,
    /// Attributes that were asked for.
    asked: RefCell<Vec<&'a str>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        proto: &'a NodeProto,
        opset: i64,
        cpu: &'a Cpu,
        inputs: Vec<Option<(Dtype, Option<&'a Constant>)>>,
        outputs: Vec<bool>,
    ) -> Result<Self, Fault> {
        let name = |attribute: &'a AttributeProto| attribute.name.as_deref().unwrap_or_default();
        if proto.attribute.len() > MOST_ATTRIBUTES {
            return fault(format!("it has {} attributes, more than any operator", proto.attribute.len()));
        }
        for (at, attribute) in proto.attribute.iter().enumerate() {
            if proto.attribute[..at].iter().any(|other| name(other) == name(attribute)) {
                return fault(format!("it has two attributes {}", brief(name(attribute))));
            }
        }
        Ok(Self { proto, opset, cpu, inputs, outputs, asked: RefCell::default() })
    }

    /// Refuses an attribute that nobody asked for: it might change what the node means.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        let asked = self.asked.borrow();
        let unknown = self.proto.attribute.iter().filter_map(|a| a.name.as_deref()).find(|name| !asked.contains(name));
        match unknown {
            Some(name) => fault(format!("its attribute {} is not supported with opset {}", brief(name), self.opset)),
            None => Ok(()),
        }
    }

    /// Whether an input is there.
    pub(crate) fn has(&self, at: usize) -> bool {
        self.inputs.get(at).is_some_and(Option::is_some)
    }

    /// The type of an input that has to be there.
    pub(crate) fn dtype(&self, at: usize) -> Result<Dtype, Fault> {
        match self.inputs.get(at) {
            Some(Some((dtype, _))) => Ok(*dtype),
            _ => fault(format!("its input {} is missing", at + 1)),
        }
    }

    /// Refuses another type of an input.
    pub(crate) fn expect(&self, at: usize, dtype: Dtype) -> Result<(), Fault> {
        match self.dtype(at)? {
            found if found == dtype => Ok(()),
            found => fault(format!("its input {} is {found}; it must be {dtype}", at + 1)),
        }
    }

    /// As [`expect`](Self::expect), of an input that may be left out.
    pub(crate) fn expect_any(&self, at: usize, dtype: Dtype) -> Result<(), Fault> {
        if self.has(at) { self.expect(at, dtype) } else { Ok(()) }
    }

    /// The value of an input that is constant.
    pub(crate) fn constant(&self, at: usize) -> Option<&'a Constant> {
        self.inputs.get(at).copied().flatten().and_then(|(_, constant)| constant)
    }

    /// Refuses more inputs or outputs than an operator has, and fewer inputs than it needs.
    pub(crate) fn arity(&self, inputs: std::ops::RangeInclusive<usize>, outputs: usize) -> Result<(), Fault> {
        let found = self.inputs.len();
        if !inputs.contains(&found) {
            let (least, most) = (inputs.start(), inputs.end());
            let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
            return fault(format!("it has {found} inputs; {wanted} are wanted"));
        }
        if self.outputs.len() > outputs {
            return fault(format!("it has {} outputs; at most {outputs} are supported", self.outputs.len()));
        }
        Ok(())
    }

    fn attribute(&self, name: &str, kind: i32, filled: impl Fn(&AttributeProto) -> bool) -> Result<Option<&'a AttributeProto>, Fault> {
        let Some(attribute) = self.proto.attribute.iter().find(|a| a.name.as_deref() == Some(name)) else { return Ok(None) };
        self.asked.borrow_mut().push(attribute.name.as_deref().unwrap_or_default());
        if attribute.ref_attr_name.as_ref().is_some_and(|name| !name.is_empty()) {
            return fault(format!("its attribute {name} stands for one of a function, and the node is in none"));
        }
        // Files of old leave the kind out.
        let found = attribute.r#type.unwrap_or(0);
        if found != kind && (found != 0 || !filled(attribute)) {
            let found = KINDS.get(usize::try_from(found).unwrap_or(usize::MAX)).unwrap_or(&"of another kind");
            return fault(format!("its attribute {name} is {found}; it must be {}", KINDS[kind as usize]));
        }
        Ok(Some(attribute))
    }

    pub(crate) fn float(&self, name: &str) -> Result<Option<f32>, Fault> {
        Ok(self.attribute(name, 1, |a| a.f.is_some())?.map(|a| a.f.unwrap_or(0.0)))
    }

    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, Fault> {
        Ok(self.attribute(name, 2, |a| a.i.is_some())?.map(|a| a.i.unwrap_or(0)))
    }

    /// A whole number that is 0 or 1.
    pub(crate) fn flag(&self, name: &str, usual: bool) -> Result<bool, Fault> {
        match self.int(name)? {
            None => Ok(usual),
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(other) => fault(format!("its attribute {name} is {other}; it must be 0 or 1")),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        let Some(attribute) = self.attribute(name, 3, |a| a.s.is_some())? else { return Ok(None) };
        let text = std::str::from_utf8(attribute.s.as_deref().unwrap_or_default());
        text.map(Some).map_err(|_| Fault::new(format!("its attribute {name} is no text in UTF-8")))
    }

    pub(crate) fn tensor(&self, name: &str) -> Result<Option<&'a TensorProto>, Fault> {
        Ok(self.attribute(name, 4, |a| a.t.is_some())?.and_then(|a| a.t.as_ref()))
    }

    pub(crate) fn floats(&self, name: &str) -> Result<Option<&'a [f32]>, Fault> {
        Ok(self.attribute(name, 6, |a| !a.floats.is_empty())?.map(|a| &a.floats[..]))
    }

    pub(crate) fn ints(&self, name: &str) -> Result<Option<&'a [i64]>, Fault> {
        Ok(self.attribute(name, 7, |a| !a.ints.is_empty())?.map(|a| &a.ints[..]))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, Fault> {
        let Some(attribute) = self.attribute(name, 8, |a| !a.strings.is_empty())? else { return Ok(None) };
        let texts = attribute.strings.iter().map(|text| std::str::from_utf8(text)).collect::<Result<_, _>>();
        texts.map(Some).map_err(|_| Fault::new(format!("its attribute {name} has a text that is not UTF-8")))
    }

    /// Where axes stand by the version: an attribute before it, an input from it on.
    pub(crate) fn axes(&self, input: usize, since: i64) -> Result<Axes, Fault> {
        if self.opset >= since {
            self.expect_any(input, Dtype::Int)?;
            return Ok(if self.has(input) { Axes::Input(input) } else { Axes::None });
        }
        Ok(self.ints("axes")?.map_or(Axes::None, |axes| Axes::Fixed(axes.to_vec())))
    }
}

/// Whole numbers that are settled by the file, or come with a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Axes {
    /// There are none.
    None,
    /// As the file has them.
    Fixed(Vec<i64>),
    /// Those of an input.
    Input(usize),
}

impl Axes {
    /// The input that they come from, in a list.
    pub(crate) fn inputs(&self) -> Vec<usize> {
        if let Self::Input(at) = self { vec![*at] } else { Vec::new() }
    }
}
