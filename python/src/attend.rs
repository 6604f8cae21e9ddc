//! Long work on a thread of its own, while the caller's looks for Ctrl-C and for what other threads of Python raise in it.
//!
//! An engine is heard at every step of a training, but reads, judges and predicts for as long as the data take. Whoever presses Ctrl-C gets Python back
//! at once all the same: the work is told to stop, and where it does not within a moment, its thread ends by itself with the phase it is in.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use gatewise::data::Interrupt;
use gatewise::train::Control;
use gatewise::{Error, Kind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use serde_json::Value;

use crate::errors::raised;
use crate::watch::to_python;

/// Between two looks for Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long work is waited for that was told to stop while it may be at something long, and as long as it listened.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);
const END_WITHIN: Duration = Duration::from_secs(5);

/// Bytes of its stack: those of a main thread.
const STACK: usize = 8 << 20;

thread_local! {
    /// Whether the caller has left the work of this thread.
    static LEFT: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Whether nobody waits for the work of this thread any more. It must not touch Python then, which may have come to its end.
pub fn is_left() -> bool {
    LEFT.with_borrow(|left| left.as_ref().is_some_and(|left| left.load(Ordering::Relaxed)))
}

/// What work has come to, a panic too.
type Done<T> = thread::Result<PyResult<T>>;

enum Message<T> {
    /// For the callback, and where its answer goes.
    Event(Value, SyncSender<Control>),
    Done(Done<T>),
}

/// Who waits for the work: its callback hears of events, and it may have left.
pub struct Caller {
    tell: Option<Box<dyn Fn(Value) -> Control + Send>>,
    left: Arc<AtomicBool>,
}

impl Caller {
    /// Whether the work is to stop.
    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// For what asks while it reads or searches.
    pub fn interrupt(&self) -> Interrupt {
        let left = self.left.clone();
        Interrupt::new(move || left.load(Ordering::Relaxed))
    }

    /// Tells the callback, where there is one, and waits for it; `event` makes what it is told.
    pub fn tell(&self, event: impl FnOnce() -> Value) -> Control {
        match &self.tell {
            _ if self.has_left() => Control::Stop,
            Some(tell) => tell(event()),
            None => Control::Continue,
        }
    }
}

/// Does work while other threads of Python run. What `callback` raises, and Ctrl-C, come out of it.
///
/// The callback is called on the caller's thread.
pub fn attended<T: Send + 'static>(
    py: Python<'_>,
    callback: Option<&Py<PyAny>>,
    work: impl FnOnce(Caller) -> PyResult<T> + Send + 'static,
) -> PyResult<T> {
    let (send, receive) = channel();
    let left = Arc::new(AtomicBool::new(false));
    let caller = Caller { tell: callback.map(|_| telling(send.clone())), left: left.clone() };
    let mark = left.clone();
    let body = move || {
        LEFT.set(Some(mark));
        let done = catch_unwind(AssertUnwindSafe(|| work(caller)));
        // Nobody may be there to hear it.
        let _ = send.send(Message::Done(done));
    };
    let started = thread::Builder::new().name("gatewise".to_owned()).stack_size(STACK).spawn(body);
    started.map_err(|e| raised(Error::new(Kind::Io, format!("no thread can be started: {e}"))))?;
    let (result, receive) = wait(py, callback, receive);
    let (failure, patience) = match result {
        Ok(done) => return done.unwrap_or_else(|panic| resume_unwind(panic)),
        Err(End::Told(failure)) => (failure, END_WITHIN),
        Err(End::Looked(failure)) => (failure, LEAVE_WITHIN),
    };
    left.store(true, Ordering::Relaxed);
    Err(linger(py, receive, patience).err().unwrap_or(failure))
}

/// What ended a wait before the work did.
enum End {
    /// What the callback raised: the work hears of it at once.
    Told(PyErr),
    /// What was raised in the meantime: the work may be at something long.
    Looked(PyErr),
}

/// What tells a callback on the other thread.
fn telling<T: Send + 'static>(send: Sender<Message<T>>) -> Box<dyn Fn(Value) -> Control + Send> {
    Box::new(move |event| {
        let (answer, answered) = sync_channel(1);
        let told = send.send(Message::Event(event, answer)).is_ok();
        if told { answered.recv().unwrap_or(Control::Stop) } else { Control::Stop }
    })
}

/// Until the work is done, or something else ends the wait.
fn wait<T: Send>(
    py: Python<'_>,
    callback: Option<&Py<PyAny>>,
    mut receive: Receiver<Message<T>>,
) -> (Result<Done<T>, End>, Receiver<Message<T>>) {
    let mut looked = Instant::now();
    loop {
        let message;
        (message, receive) = py.detach(move || (receive.recv_timeout(LOOK_EVERY), receive));
        let mut heard = match message {
            Ok(Message::Done(done)) => return (Ok(done), receive),
            Ok(Message::Event(event, answer)) => {
                let heard = hear(py, callback, &event);
                answered(&answer, if heard.is_ok() { Control::Continue } else { Control::Stop });
                heard.map_err(End::Told)
            }
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => Err(End::Looked(crate::watch::stopped())),
        };
        if heard.is_ok() && looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            heard = look(py).map_err(End::Looked);
        }
        if let Err(end) = heard {
            return (Err(end), receive);
        }
    }
}

fn hear(py: Python<'_>, callback: Option<&Py<PyAny>>, event: &Value) -> PyResult<()> {
    let Some(callback) = callback else { return Ok(()) };
    callback.call1(py, (to_python(py, event)?,)).map(drop)
}

/// Answers an event, for which the work may wait no more.
fn answered(answer: &SyncSender<Control>, control: Control) {
    let _ = answer.send(control);
}

/// Raises what waits to be raised in this thread: Ctrl-C in the main one, exceptions of other threads in any.
fn look(py: Python<'_>) -> PyResult<()> {
    static NOTHING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    py.check_signals()?;
    // The interpreter raises the latter where it runs code of Python.
    let nothing = NOTHING.get_or_try_init(py, || py.eval(c"lambda: None", None, None).map(Bound::unbind))?;
    nothing.call0(py).map(drop)
}

/// Waits for work that was told to stop, which keeps what it has by then, and whose callback is told no more. Ctrl-C ends that too.
fn linger<T: Send>(py: Python<'_>, mut receive: Receiver<Message<T>>, patience: Duration) -> PyResult<()> {
    let begun = Instant::now();
    loop {
        let message;
        (message, receive) = py.detach(move || (receive.recv_timeout(LOOK_EVERY), receive));
        match message {
            Ok(Message::Event(_, answer)) => answered(&answer, Control::Stop),
            Ok(Message::Done(_)) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => look(py)?,
        }
        if begun.elapsed() >= patience {
            return Ok(());
        }
    }
}
