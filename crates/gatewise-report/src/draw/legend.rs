//! Entries of a legend.

/// An entry of a legend: the class of what is drawn, its shape and its name.
#[derive(Debug, Clone)]
pub struct Key {
    pub class: &'static str,
    pub is_area: bool,
    pub name: String,
}

impl Key {
    /// A line of the chart.
    pub fn line(class: &'static str, name: impl Into<String>) -> Self {
        Self { class, is_area: false, name: name.into() }
    }

    /// An area of the chart.
    pub fn area(class: &'static str, name: impl Into<String>) -> Self {
        Self { class, is_area: true, name: name.into() }
    }

    /// The sample of the entry, 22 by 12 units, as SVG content.
    pub fn sample(&self) -> String {
        let class = self.class;
        if self.is_area {
            format!("<rect class=\"{class}\" x=\"0\" y=\"1\" width=\"22\" height=\"10\" rx=\"2\"/>")
        } else {
            format!("<path class=\"line {class}\" d=\"M1 6H21\"/>")
        }
    }
}
