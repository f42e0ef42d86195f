//! Reports to bytes: one file per format. Decides nothing, prints nothing.

mod concise;

pub use concise::concise;
