//! The table of messages, a file for each subject. To add one: an entry, and a story in
//! `tests/stories/messages` with the real message.

mod configuration;
mod files;
mod heads;
mod identifiers;
mod schema;
mod server;
mod stamp;

use super::Message;

pub(super) const ALL: [&[Message]; 7] = [
    identifiers::MESSAGES,
    heads::MESSAGES,
    files::MESSAGES,
    stamp::MESSAGES,
    schema::MESSAGES,
    server::MESSAGES,
    configuration::MESSAGES,
];
