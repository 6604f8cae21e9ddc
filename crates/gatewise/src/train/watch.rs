//! A look at the network while it is trained.

use std::fmt;

use gatewise_kernels::Cpu;

use super::Event;
use crate::model::Model;

/// What is called after each epoch.
#[derive(Default)]
pub(super) struct Watch(Vec<Look>);

/// Sees the network behind an epoch, and may have something to tell of it.
type Look = Box<dyn FnMut(&Cpu, &mut Model<f32>, &Event) -> Option<Event>>;

impl Watch {
    /// A further one.
    pub(super) fn add(&mut self, look: impl FnMut(&Cpu, &mut Model<f32>, &Event) -> Option<Event> + 'static) {
        self.0.push(Box::new(look));
    }

    /// What all have to tell, in their order.
    pub(super) fn look(&mut self, cpu: &Cpu, model: &mut Model<f32>, epoch: &Event) -> Vec<Event> {
        self.0.iter_mut().filter_map(|look| look(cpu, model, epoch)).collect()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watch({})", self.0.len())
    }
}
