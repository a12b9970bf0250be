//! The decoder's side of the contract.

use crate::component::{Kind, Source};
use crate::error::Error;
use crate::generated::decoder::Decoder;
use crate::generated::decoder::exports::crimes::udf::types::Setting;
use crate::instance::{Instance, Limits, Quota, World};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

pub(crate) struct DecoderWorld(pub(crate) Decoder);

impl World for DecoderWorld {
    const KIND: Kind = Kind::Decoder;

    fn instantiate(
        store: &mut Store<Quota>,
        component: &Component,
        linker: &Linker<Quota>,
    ) -> wasmtime::Result<Self> {
        Decoder::instantiate(store, component, linker).map(Self)
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

    /// The event time of a value, if it has one. ms, wall clock. A value on which the decoder traps has none: it is
    /// rejected where it is decoded.
    pub fn of(&mut self, value: &[u8]) -> Option<i64> {
        self.instance
            .call(
                "event-time",
                |w, s| w.0.crimes_udf_decoding().call_event_time(s, value),
                |_| Ok(()),
            )
            .ok()?
    }
}
