//! What a training begins with: the weights of another forecaster, or a prior in place of the built-in one.

use std::path::{Path, PathBuf};

use gatewise::data::{Fingerprint, Severity};
use gatewise::forecast::{Forecaster, Options, Plan, Usual};
use gatewise::format::ModelFile;
use gatewise::prior::Prior;
use gatewise::{Cpu, Error, Kind};
use pyo3::prelude::*;
use serde_json::Value;

use super::Fitted;
use crate::model::opened;
use crate::told::said;

/// Where Python has it.
#[derive(FromPyObject)]
pub enum Given {
    Model(Py<Fitted>),
    File(PathBuf),
}

/// What a training begins with.
#[derive(Default)]
pub struct Base {
    forecaster: Option<Forecaster>,
    prior: Option<Prior>,
    /// Where it was, as errors name it.
    place: String,
    /// What it is known by.
    fingerprint: Option<String>,
}

impl Base {
    /// Reads it.
    pub fn of(given: Option<Given>, cpu: &Cpu) -> Result<Self, Error> {
        let (file, place, fingerprint) = match given {
            None => return Ok(Self::default()),
            Some(Given::Model(model)) => {
                let bytes = model.get().forecaster().to_bytes(&Value::Null);
                (ModelFile::of_bytes(Path::new("base"), &bytes)?, "base".to_owned(), Fingerprint::of_bytes(&bytes))
            }
            Some(Given::File(path)) => {
                let file = opened(&path)?;
                let read = Fingerprint::of(file.path(), "").map_err(|e| Error::new(Kind::Io, format!("{}: {e}", path.display())))?;
                (file, path.display().to_string(), read.map_or(String::new(), |read| read.hash))
            }
        };
        let (forecaster, prior) = match file.task().as_str() {
            "prior" => (None, Some(Prior::of_file(cpu, file)?)),
            _ => (Some(Forecaster::of_file(file)?.0), None),
        };
        Ok(Self { forecaster, prior, place, fingerprint: Some(fingerprint) })
    }

    /// The plan of a training, in the shape that the weights have.
    pub fn plan(&self, dataset: &gatewise::data::Dataset, options: &Options) -> Result<Plan, Error> {
        let Some(base) = &self.forecaster else { return Plan::new(dataset, options) };
        let mut options = options.clone();
        options.pin(base, &self.place)?;
        let plan = Plan::with(dataset, &options, Usual::NEW, true)?;
        plan.check_base(base, &self.place)?;
        Ok(plan)
    }

    /// The forecaster whose weights training begins with.
    pub fn forecaster(&self) -> Option<&Forecaster> {
        self.forecaster.as_ref()
    }

    /// The prior in place of the built-in one.
    pub fn prior(&self) -> Option<&Prior> {
        self.prior.as_ref()
    }

    /// What it is known by; none where training begins anew.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// What is told of it.
    pub fn note(&self) -> Option<Value> {
        let what = if self.forecaster.is_some() { "the weights" } else { "the prior" };
        self.fingerprint.as_ref().map(|_| said(Severity::Note, &format!("training began with {what} of {}", self.place)))
    }
}
