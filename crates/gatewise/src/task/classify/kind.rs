//! Whether items are of the kind that a model reads.

use gatewise_data::items::{Content, ItemSet};

use super::spec::ItemSpec;
use crate::error::Error;

/// Refuses a set of another kind than the model reads, by its first item that is.
pub(super) fn check(set: &ItemSet, spec: &ItemSpec) -> Result<(), Error> {
    let fits = |content: &Content| match content {
        Content::Numbers(_) => spec.media.is_none() && spec.text.is_none(),
        Content::Text(_) => spec.text.is_some(),
        Content::File(_) | Content::Frames(_) => spec.media.is_some(),
    };
    let Some(odd) = set.items.iter().find(|item| !fits(&item.content)) else { return Ok(()) };
    let (reads, help) = match (&spec.media, &spec.text) {
        (Some(media), _) => media.reads(),
        (None, Some(_)) => ("text", "give a file of text, a folder of them, or a table with a column of texts (⦃input-column⦄)"),
        (None, None) => ("numbers", "give a table of numbers, as the model learned from"),
    };
    let holds = match &odd.content {
        Content::Numbers(_) => "numbers",
        Content::Text(_) => "text",
        Content::File(_) | Content::Frames(_) => "sound, video or pictures",
    };
    let message = format!("{}: {} holds {holds}, the model reads {reads}", set.path, odd.name);
    Err(Error::data(message).help(help))
}

#[cfg(test)]
mod tests {
    use gatewise_data::items::{Form, ItemOptions, Known, Label, RawItem};
    use serde_json::Value;

    use super::super::spec::TextSpec;
    use super::*;
    use crate::task::language::{Normal, Unit};

    #[test]
    fn what_a_model_cannot_read_is_named_with_its_file() {
        let mut spec = ItemSpec {
            read: ItemOptions::default(),
            channels: Vec::new(),
            level: Vec::new(),
            class_counts: Vec::new(),
            normalize_unicode: Normal::None,
            text: None,
            media: None,
        };
        let item = |content| RawItem { name: "line 2".into(), label: Label::None, group: None, content };
        let set = |content| ItemSet {
            path: "many.csv".into(),
            form: Form::Texts,
            channels: Vec::new(),
            known: Known::default(),
            items: vec![item(content)],
            guesses: Vec::new(),
            notes: Vec::new(),
        };
        let said = |spec: &ItemSpec, content| check(&set(content), spec).err().map(|error| error.to_string());
        let text = || Content::Text("good".into());
        assert_eq!(said(&spec, Content::Numbers(vec![1.0])), None);
        assert_eq!(said(&spec, text()).as_deref(), Some("many.csv: line 2 holds text, the model reads numbers"));
        spec.text = Some(TextSpec { unit: Unit::Char, vocabulary: Value::Null });
        assert_eq!(said(&spec, text()), None);
        assert!(said(&spec, Content::Numbers(vec![1.0])).is_some());
        #[cfg(feature = "audio")]
        {
            spec.text = None;
            spec.media = Some(super::super::MediaSpec::Audio(gatewise_data::audio::FeatureConfig::default()));
            assert_eq!(said(&spec, text()).as_deref(), Some("many.csv: line 2 holds text, the model reads sound"));
            assert_eq!(said(&spec, Content::File("a.wav".into())), None);
        }
    }
}
