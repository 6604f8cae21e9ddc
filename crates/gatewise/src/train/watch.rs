//! A look at the network while it is trained.

use std::fmt;

use gatewise_kernels::Cpu;

use super::trainer::Trainer;
use crate::model::Model;

/// What is called after each epoch.
#[derive(Default)]
pub(super) struct Watch(Vec<Look>);

/// Sees the network at work.
type Look = Box<dyn FnMut(&Cpu, &mut Model<f32>)>;

impl Watch {
    pub(super) fn look(&mut self, cpu: &Cpu, model: &mut Model<f32>) {
        for look in &mut self.0 {
            look(cpu, model);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({})", self.0.len())
    }
}

impl Trainer {
    /// Shows the network with its present weights after each epoch, as for a sample of what it writes. What is called may run it forward, and
    /// changes no weight. Called again, it shows it to several, one after the other.
    pub fn watch(&mut self, look: impl FnMut(&Cpu, &mut Model<f32>) + 'static) {
        self.watch.0.push(Box::new(look));
    }
}
