//! What is known of the topic before anything is sent.

/// What a topic does with what is sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicFacts {
    /// number of partitions
    pub partitions: usize,
}
