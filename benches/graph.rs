//! Building a graph, and its two commonest questions, at 1,000 to 100,000 revisions.
#![allow(missing_docs, clippy::unwrap_used)]

fn main() {
    divan::main();
}
