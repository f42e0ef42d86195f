//! How waiting ended, for people.

use super::style::{BAD, DOUBTFUL, GOOD, PLAIN, paint};
use super::words::{Page, clean, columns};
use super::{Layout, gate_json::Waited, text};
use crate::check::Report;
use crate::check::gate::Outlook;

/// The whole page: the verdict, and why where it is not the wanted one.
pub fn draw(report: &Report, waited: &Waited, layout: &Layout) -> String {
    let mut page = Page::new(layout.columns());
    let target = &waited.target;
    let seconds = waited.time.as_secs();
    let (word, style, said) = match &waited.outlook {
        Outlook::Arrived => ("ready: ", GOOD, format!("the database is at {target}, after {seconds} s")),
        Outlook::NotYet(why) => ("timed out: ", BAD, format!("not at {target} after {seconds} s: {why}")),
        Outlook::NotSeen(why) => ("not known: ", DOUBTFUL, format!("nothing was seen in {seconds} s: {why}")),
        Outlook::Never(why) => ("never: ", BAD, format!("waiting does not help: {why}")),
    };
    page.hanging(0, &paint(style, word), columns(word), PLAIN, &clean(&said));
    if waited.outlook != Outlook::Arrived {
        page.blank();
        text::findings(&mut page, report, layout);
        text::not_looked_at(&mut page, report, layout);
        text::explain(&mut page, report);
    }
    let written = page.finish();
    format!("{}\n", written.trim_end())
}
