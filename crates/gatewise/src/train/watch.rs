//! A look at the network while it is trained.

use std::fmt;

use gatewise_kernels::Cpu;

use super::trainer::Trainer;
use crate::model::Model;

/// What is called after each epoch.
#[derive(Default)]
pub(super) struct Watch(Option<Look>);

/// Sees the network at work.
type Look = Box<dyn FnMut(&Cpu, &mut Model<f32>)>;

impl Watch {
    pub(super) fn look(&mut self, cpu: &Cpu, model: &mut Model<f32>) {
        if let Some(look) = &mut self.0 {
            look(cpu, model);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({})", self.0.is_some())
    }
}

impl Trainer {
    /// Shows the network with its present weights after each epoch, as for a sample of what it writes. What is called may run it forward, and
    /// changes no weight.
    pub fn set_watch(&mut self, look: impl FnMut(&Cpu, &mut Model<f32>) + 'static) {
        self.watch.0 = Some(Box::new(look));
    }
}
