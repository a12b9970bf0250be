//! A record, with everything that the city's 22 columns say.

use crate::districts::District;
use crate::offences::Offence;
use crate::streets::Street;

/// One row of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// the crime; a correction has the same
    pub id: u64,
    /// when it happened: seconds since 1970 on the city's wall clock
    pub date: i64,
    /// when the city last changed the record: seconds likewise
    pub updated_on: i64,
    /// such as `THEFT`
    pub primary_type: &'static str,
    /// codes and description
    pub offence: &'static Offence,
    /// such as `STREET`; may be empty
    pub location_description: &'static str,
    /// whether somebody was arrested
    pub arrest: bool,
    /// whether it was between people of one home
    pub domestic: bool,
    /// district, sector and beat in one number
    pub beat: u16,
    /// `None` in a few records
    pub district: Option<&'static District>,
    /// 1 to 50
    pub ward: u8,
    /// 1 to 77
    pub community_area: u8,
    /// where, to a hundred house numbers
    pub block: Block,
    /// `None` in about one of a hundred records
    pub position: Option<Position>,
}

/// A hundred house numbers of a street, such as `016XX W 77TH ST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// 16 for 1600 to 1699
    pub hundred: u16,
    /// N, S, E or W
    pub direction: char,
    /// which street
    pub street: Street,
}

/// A place in both systems of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// State Plane Illinois East, feet
    pub x: i64,
    /// likewise
    pub y: i64,
    /// in 10^-9 of a degree
    pub latitude: i64,
    /// likewise; negative, west of Greenwich
    pub longitude: i64,
}

impl Position {
    /// From degrees. The plane's feet are within some twenty of the true projection, over the whole city.
    pub(crate) fn new(latitude: i64, longitude: i64) -> Self {
        const LATITUDE: i64 = 41_818_179_533;
        const LONGITUDE: i64 = -87_634_305_993;
        let (north, east) = (latitude - LATITUDE, longitude - LONGITUDE);
        let billion = 1_000_000_000;
        Self {
            x: 1_174_795 + (272_150 * east - 2_877 * north) / billion,
            y: 1_877_110 + (364_124 * north + 2_170 * east) / billion,
            latitude,
            longitude,
        }
    }
}
