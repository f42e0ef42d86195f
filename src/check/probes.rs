//! Looks at several databases at the same time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::target::Wanted;
use crate::database::{self, ClientEnvironment, DatabaseState, Detail, Timeouts, Watch};

/// How many databases are looked at at once: one that does not answer must not hold up the
/// others, and a server with the usual hundred connections must not notice.
const AT_ONCE: usize = 16;

/// Who hears how far a run is: how much is done, of how much, and of what.
pub type Progress<'a> = &'a (dyn Fn(usize, usize, &str) + Sync);

/// Looks at all of them; the answers come in the order of the questions.
pub(super) fn probe_all(
    wanted: &[Wanted],
    detail: Detail,
    timeouts: &Timeouts,
    client: &ClientEnvironment,
    progress: Progress<'_>,
) -> Vec<DatabaseState> {
    let total = wanted.len();
    let tables = |done, all| progress(done, all, "version tables");
    // Where there are several databases, the tables of one are no measure of the whole.
    let watch: Watch<'_> = if total == 1 { &tables } else { &|_, _| {} };
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(total));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = wanted.get(at) else { break };
            let state = match one {
                Wanted::At(target) => database::probe_watched(target, detail, timeouts, client, watch),
                Wanted::Nowhere { name, reason } => DatabaseState::nowhere(name.clone(), reason.clone()),
            };
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((at, state));
            progress(answers.len(), total, "databases");
        }
    };
    thread::scope(|scope| {
        // This thread is one of them.
        for _ in 1..total.min(AT_ONCE) {
            scope.spawn(work);
        }
        work();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, state)| state).collect()
}
