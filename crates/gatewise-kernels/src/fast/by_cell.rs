//! Which equations a cell has: the one place where kernels are chosen by it.

/// Calls `$body` with the type `$c` of a cell's equations.
macro_rules! with_cell {
    (@ $c:ident = $equations:path, $body:expr) => {{
        type $c = $equations;
        $body
    }};
    ($cell:expr, $c:ident => $body:expr) => {
        match $cell {
            $crate::cell::Cell::Lstm => with_cell!(@ $c = $crate::fast::cells::Lstm, $body),
            $crate::cell::Cell::Gru => with_cell!(@ $c = $crate::fast::cells::Gru, $body),
            $crate::cell::Cell::GruResetBefore => with_cell!(@ $c = $crate::fast::cells::GruResetBefore, $body),
            $crate::cell::Cell::RnnTanh | $crate::cell::Cell::RnnRelu => with_cell!(@ $c = $crate::fast::cells::Rnn, $body),
            $crate::cell::Cell::MinGru => with_cell!(@ $c = $crate::fast::input_gated::MinGru, $body),
            $crate::cell::Cell::MinLstm => with_cell!(@ $c = $crate::fast::input_gated::MinLstm, $body),
        }
    };
}
pub(super) use with_cell;
