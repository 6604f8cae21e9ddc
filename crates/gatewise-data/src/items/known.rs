//! What a trained model knows of the tables it learned from, so that the next ones are read alike.

use serde::{Deserialize, Serialize};

use super::Form;

/// Form and names of the items a model was trained on. A default one stands for a model that kept no names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// How the items were held.
    pub form: Option<Form>,
    /// Whether columns had names.
    pub header: bool,
    /// Column of the labels.
    pub label: Option<String>,
    /// Columns of several values an item; empty where there is one label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Column of the texts, paths or sequences.
    pub input: Option<String>,
    /// Column that told the items of a long table apart, or named the rows.
    pub id: Option<String>,
    /// Column of the time in a long table.
    pub time: Option<String>,
    /// Column of those whose items belong together.
    pub group: Option<String>,
    /// Columns of numbers in their order: the channels of a long table, the steps of a row.
    pub columns: Vec<String>,
}

impl Known {
    /// Every name.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        [&self.label, &self.input, &self.id, &self.time, &self.group].into_iter().flatten().chain(&self.targets).chain(&self.columns)
    }

    /// Whether the model learned from items of this form.
    pub(super) fn is(&self, form: Form) -> bool {
        self.form == Some(form)
    }
}
