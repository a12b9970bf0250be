//! Blocks on the city's grid: 800 house numbers a mile from State and Madison Street.

use crate::record::Block;

/// Where State and Madison Street cross, in the plane of the map.
const ORIGIN: (i64, i64) = (1_177_300, 1_900_200);
/// Feet for a hundred house numbers.
const HUNDRED: i64 = 660;

/// Streets that run north and south.
const NORTH_SOUTH: [&str; 48] = [
    "ASHLAND AVE",
    "WESTERN AVE",
    "KEDZIE AVE",
    "PULASKI RD",
    "CICERO AVE",
    "CENTRAL AVE",
    "HALSTED ST",
    "RACINE AVE",
    "DAMEN AVE",
    "CALIFORNIA AVE",
    "STATE ST",
    "MICHIGAN AVE",
    "CLARK ST",
    "WELLS ST",
    "LA SALLE ST",
    "WABASH AVE",
    "INDIANA AVE",
    "PRAIRIE AVE",
    "CALUMET AVE",
    "COTTAGE GROVE AVE",
    "DREXEL AVE",
    "ELLIS AVE",
    "WOODLAWN AVE",
    "STONY ISLAND AVE",
    "JEFFERY BLVD",
    "YATES BLVD",
    "SOUTH SHORE DR",
    "MORGAN ST",
    "SANGAMON ST",
    "PEORIA ST",
    "CARPENTER ST",
    "ABERDEEN ST",
    "MAY ST",
    "LOOMIS BLVD",
    "BISHOP ST",
    "LAFLIN ST",
    "WOOD ST",
    "HERMITAGE AVE",
    "PAULINA ST",
    "MARSHFIELD AVE",
    "SEELEY AVE",
    "HOYNE AVE",
    "LEAVITT ST",
    "OAKLEY AVE",
    "ROCKWELL ST",
    "SACRAMENTO AVE",
    "CENTRAL PARK AVE",
    "LARAMIE AVE",
];

/// Streets that run east and west, where they have names.
const EAST_WEST: [&str; 36] = [
    "MADISON ST",
    "WASHINGTON BLVD",
    "LAKE ST",
    "MONROE ST",
    "ADAMS ST",
    "JACKSON BLVD",
    "VAN BUREN ST",
    "HARRISON ST",
    "ROOSEVELT RD",
    "CHICAGO AVE",
    "GRAND AVE",
    "DIVISION ST",
    "NORTH AVE",
    "ARMITAGE AVE",
    "FULLERTON AVE",
    "DIVERSEY AVE",
    "BELMONT AVE",
    "ADDISON ST",
    "IRVING PARK RD",
    "MONTROSE AVE",
    "LAWRENCE AVE",
    "FOSTER AVE",
    "BRYN MAWR AVE",
    "PETERSON AVE",
    "DEVON AVE",
    "TOUHY AVE",
    "HOWARD ST",
    "OHIO ST",
    "ERIE ST",
    "HURON ST",
    "AUGUSTA BLVD",
    "THOMAS ST",
    "POTOMAC AVE",
    "HIRSCH ST",
    "WABANSIA AVE",
    "BLOOMINGDALE AVE",
];

/// The block of a place, on a street along or across as the coin says.
pub(crate) fn block(x: i64, y: i64, along: bool) -> Block {
    let (east, north) = (x - ORIGIN.0, y - ORIGIN.1);
    if along {
        Block {
            hundred: hundred(north),
            direction: if north < 0 { 'S' } else { 'N' },
            street: Street::Named(NORTH_SOUTH[bucket(east, NORTH_SOUTH.len())]),
        }
    } else {
        // south of 31st Street they are numbered: eight a mile, the first three miles have more
        let number = hundred(north) - 1;
        let street = if north < 0 && number >= 25 {
            Street::Numbered(number, bucket(north, 3) == 0)
        } else {
            Street::Named(EAST_WEST[bucket(north, EAST_WEST.len())])
        };
        let direction = if east < 0 { 'W' } else { 'E' };
        Block { hundred: hundred(east), direction, street }
    }
}

/// The name of a street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Street {
    /// such as `ASHLAND AVE`
    Named(&'static str),
    /// such as 77 for `77TH ST`; true for a place instead of a street
    Numbered(u16, bool),
}

fn hundred(feet: i64) -> u16 {
    (feet.abs() / HUNDRED + 1).clamp(0, 138) as u16
}

fn bucket(feet: i64, count: usize) -> usize {
    feet.div_euclid(HUNDRED / 2).rem_euclid(count as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_the_grid() {
        let south = block(1_166_811, 1_853_653, false);
        assert_eq!(south.direction, 'W');
        assert_eq!(south.hundred, 16);
        assert!(matches!(south.street, Street::Numbered(68..=72, _)), "{south:?}");
        let north = block(1_166_811, 1_930_000, true);
        assert_eq!((north.direction, north.hundred), ('N', 46));
        assert!(matches!(north.street, Street::Named(_)));
    }
}
