//! The decoder's side of the contract.

use crate::component::{Kind, Source};
use crate::error::Error;
use crate::generated::decoder::exports::crimes::udf::types::Setting;
use crate::generated::decoder::{Decoder, DecoderPre};
use crate::instance::{Instance, World};
use crate::quota::{Limits, Quota};
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
}

impl EventTimes {
    /// Loads the decoder.
    ///
    /// # Errors
    /// Where it is no decoder of this contract or refuses its settings.
    pub fn new(source: &Source, limits: Limits) -> Result<Self, Error> {
        Ok(Self { instance: Instance::new(source, limits)? })
    }

    /// The event time of a value, if it has one. ms, wall clock. A value on which the decoder fails has none: it is
    /// rejected where it is decoded. It has a tenth of the deadline, as a value that is alone in what is left of a batch.
    pub fn of(&mut self, value: &[u8]) -> Option<i64> {
        let deadline = self.instance.limits().share(1, 10);
        self.instance
            .call_within(
                deadline,
                "event-time",
                |w, s| w.0.crimes_udf_decoding().call_event_time(s, value),
                |_| Ok(()),
            )
            .ok()?
    }
}
