//! The decoder's side of the contract.

use crate::check;
use crate::component::{Kind, Source};
use crate::error::Error;
use crate::generated::decoder::exports::crimes::udf::types::Setting;
use crate::generated::decoder::{Decoder, DecoderPre};
use crate::instance::{Instance, World};
use crate::isolate;
use crate::quota::{Limits, Quota};
use std::time::Duration;
use wasmtime::Store;
use wasmtime::component::InstancePre;

pub(crate) struct DecoderWorld(pub(crate) Decoder);

impl World for DecoderWorld {
    const KIND: Kind = Kind::Decoder;

    type Linked = DecoderPre<Quota>;

    fn link(component: InstancePre<Quota>) -> wasmtime::Result<Self::Linked> {
        DecoderPre::new(component)
    }

    fn instantiate(linked: &Self::Linked, store: &mut Store<Quota>) -> wasmtime::Result<Self> {
        linked.instantiate(store).map(Self)
    }

    fn configure(
        &self,
        store: &mut Store<Quota>,
        settings: &[(String, String)],
    ) -> wasmtime::Result<Result<(), String>> {
        let settings: Vec<Setting> = settings
            .iter()
            .map(|(name, value)| Setting { name: name.clone(), value: value.clone() })
            .collect();
        self.0.crimes_udf_decoding().call_configure(store, &settings)
    }
}

/// Event times of single raw values, for producers that do not put them into the Kafka timestamp.
pub struct EventTimes {
    instance: Instance<DecoderWorld>,
    /// Values since the last stretch began.
    asked: usize,
    /// What failures had cost then.
    since: Duration,
}

/// So many values in a row may cost what a batch of them may.
const STRETCH: usize = 1024;

impl EventTimes {
    /// Loads the decoder.
    ///
    /// # Errors
    /// Where it is no decoder of this contract or refuses its settings.
    pub fn new(source: &Source, limits: Limits) -> Result<Self, Error> {
        Ok(Self { instance: Instance::new(source, limits)?, asked: 0, since: Duration::ZERO })
    }

    /// The event time of a value, if it has one. ms, wall clock. A value has a tenth of the deadline, as one that is
    /// alone in what is left of a batch.
    ///
    /// # Errors
    /// Where the decoder fails on the value, or was not asked about it because its failures had cost ten deadlines among
    /// the last 1,024 values: the value has no event time then, and is rejected where it is decoded. Also where the
    /// decoder cannot be made anew; only that has the code [`Code::Internal`](crate::Code).
    pub fn of(&mut self, value: &[u8]) -> Result<Option<i64>, Error> {
        if self.asked == STRETCH {
            (self.asked, self.since) = (0, self.instance.spent().lost);
        }
        self.asked += 1;
        let limits = self.instance.limits();
        let lost = self.instance.spent().lost.saturating_sub(self.since);
        if lost > limits.patience() {
            return Err(isolate::not_asked(self.instance.slot(), lost));
        }
        self.instance.call_within(
            limits.share(1, 10),
            "event-time",
            |w, s| w.0.crimes_udf_decoding().call_event_time(s, value),
            |time| check::event_time(*time),
        )
    }
}
