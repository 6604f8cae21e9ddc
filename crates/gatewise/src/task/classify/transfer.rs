//! Fine-tuning: the weights of a trained network in a new one.

use crate::model::Model;

/// Tensors of the head, which says the answers.
const HEAD: &str = "head.";

/// Copies every tensor that has the same name and shape in both; the head only where `head` says that its answers mean the same. Gives the
/// number of tensors that were copied and the names of those that were not.
pub fn load_matching(to: &mut Model<f32>, from: &Model<f32>, head: bool) -> (usize, Vec<String>) {
    let mut left = Vec::new();
    let mut copied = 0;
    for spec in to.params().specs().to_vec() {
        let same = from.params().specs().iter().find(|s| s.name == spec.name && s.shape == spec.shape);
        match same.filter(|_| head || !spec.name.starts_with(HEAD)) {
            Some(other) => {
                let values = from.params().values[other.range.clone()].to_vec();
                to.params_mut().values[spec.range.clone()].copy_from_slice(&values);
                copied += 1;
            }
            None => left.push(spec.name.clone()),
        }
    }
    (copied, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Cell;
    use crate::model::ModelConfig;

    #[test]
    fn the_body_comes_along_and_the_head_is_new() {
        let from = Model::<f32>::new(&ModelConfig::new(Cell::Gru, 2, 4, 3), 1).unwrap();
        let mut to = Model::<f32>::new(&ModelConfig::new(Cell::Gru, 2, 4, 5), 2).unwrap();
        let head = to.get("head.bias").unwrap().to_vec();
        let (copied, left) = load_matching(&mut to, &from, false);
        assert_eq!((copied, left), (4, vec!["head.weight".to_owned(), "head.bias".to_owned()]));
        assert_eq!(to.get("recurrent.weight_hh_l0"), from.get("recurrent.weight_hh_l0"));
        assert_eq!(to.get("head.bias").unwrap(), head);
        let mut same = Model::<f32>::new(from.config(), 2).unwrap();
        assert_eq!(load_matching(&mut same, &from, true).1, Vec::<String>::new());
        assert_eq!(same.params().values, from.params().values);
    }
}
