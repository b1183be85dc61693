//! Tells waiting tasks that something was committed. Carries hints only: who needs certainty also looks at the data.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

macro_rules! topics {
    ($($(#[$doc:meta])* $topic:ident = $bit:literal, $name:literal;)*) => {
        /// What a wake-up is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Topic {
            $($(#[$doc])* $topic,)*
        }

        impl Topic {
            /// Every topic.
            pub const ALL: &[Topic] = &[$(Topic::$topic),*];

            /// Its name on the wire between nodes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$topic => $name),* }
            }

            const fn bit(self) -> u32 {
                match self { $(Self::$topic => 1 << $bit),* }
            }
        }
    };
}

topics! {
    /// A job became due, or will sooner than was known.
    Jobs = 0, "jobs";
    /// A project's log has new events.
    Events = 1, "events";
    /// Something that nodes keep in memory was changed: settings, keys, switches.
    Settings = 2, "settings";
    /// A mail arrived in the capture mailbox.
    Captures = 3, "captures";
}

/// A set of topics, small enough to be one atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Topics(u32);

impl Topics {
    pub(crate) fn insert(&mut self, topic: Topic) {
        self.0 |= topic.bit();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, separated by commas: the form that goes between nodes.
    pub(crate) fn names(self) -> String {
        let names: Vec<&str> =
            Topic::ALL.iter().filter(|topic| self.0 & topic.bit() != 0).map(|topic| topic.name()).collect();
        names.join(",")
    }

    /// Reads [`Topics::names`]; passes over names that only another version knows.
    pub(crate) fn parse(names: &str) -> Self {
        let mut topics = Self::default();
        for topic in Topic::ALL {
            if names.split(',').any(|name| name == topic.name()) {
                topics.insert(*topic);
            }
        }
        topics
    }
}

#[derive(Debug, Default)]
struct Mailbox {
    waiting: AtomicU32,
    arrived: Notify,
}

/// A subscription. Topics that come while nobody listens are kept, each at most once.
#[derive(Debug)]
pub struct Wakeups {
    mailbox: Arc<Mailbox>,
}

impl Wakeups {
    /// Waits for the next topic. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Topic {
        loop {
            for topic in Topic::ALL {
                if self.mailbox.waiting.fetch_and(!topic.bit(), Ordering::AcqRel) & topic.bit() != 0 {
                    return *topic;
                }
            }
            self.mailbox.arrived.notified().await;
        }
    }

    /// The next topic, when one is already there.
    pub fn try_recv(&mut self) -> Option<Topic> {
        Topic::ALL
            .iter()
            .copied()
            .find(|topic| self.mailbox.waiting.fetch_and(!topic.bit(), Ordering::AcqRel) & topic.bit() != 0)
    }
}

/// Everyone who listens in this process.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    mailboxes: Mutex<Vec<Weak<Mailbox>>>,
}

impl Hub {
    pub(crate) fn subscribe(&self) -> Wakeups {
        let mailbox = Arc::new(Mailbox::default());
        let mut mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        mailboxes.retain(|other| other.strong_count() > 0);
        mailboxes.push(Arc::downgrade(&mailbox));
        Wakeups { mailbox }
    }

    pub(crate) fn wake(&self, topics: Topics) {
        if topics.is_empty() {
            return;
        }
        let mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        for mailbox in mailboxes.iter().filter_map(Weak::upgrade) {
            mailbox.waiting.fetch_or(topics.0, Ordering::AcqRel);
            mailbox.arrived.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hub, Topic, Topics};

    #[test]
    fn topics_wait_for_their_reader_and_merge() {
        let hub = Hub::default();
        let mut early = hub.subscribe();
        let mut topics = Topics::default();
        topics.insert(Topic::Events);
        hub.wake(topics);
        hub.wake(topics);
        let mut late = hub.subscribe();
        assert_eq!(early.try_recv(), Some(Topic::Events));
        assert_eq!(early.try_recv(), None);
        assert_eq!(late.try_recv(), None);
    }

    #[test]
    fn names_round_trip_and_unknown_ones_are_passed_over() {
        let mut topics = Topics::default();
        topics.insert(Topic::Jobs);
        topics.insert(Topic::Settings);
        assert_eq!(topics.names(), "jobs,settings");
        assert_eq!(Topics::parse("settings,later,jobs"), topics);
    }
}
