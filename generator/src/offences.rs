//! What happens: the types of crime with their offences, codes and places.
//!
//! Codes and texts are the city's public ones; shares are rounded public knowledge.

use crate::profile::Rhythm;

/// A primary type.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// of 100,000 records
    pub(crate) share: u32,
    pub(crate) rhythm: Rhythm,
    /// which of a district's shares it follows
    pub(crate) spread: Spread,
    pub(crate) places: &'static [(&'static str, u16)],
    pub(crate) offences: &'static [Offence],
}

/// Which of [`District::shares`](crate::District) a type follows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spread {
    Property = 0,
    Street = 1,
    General = 2,
}

/// One offence in the city's code.
#[derive(Debug, PartialEq, Eq)]
pub struct Offence {
    /// Illinois Uniform Crime Reporting code, such as `0486`
    pub iucr: &'static str,
    /// secondary description
    pub description: &'static str,
    /// the FBI's code, such as `08B`
    pub fbi_code: &'static str,
    /// within its type
    pub(crate) weight: u16,
    /// with an arrest, of a thousand
    pub(crate) arrests: u16,
    /// in a home or between relatives, of a thousand
    pub(crate) domestic: u16,
}

const HOME: &[(&str, u16)] = &[
    ("RESIDENCE", 380),
    ("APARTMENT", 220),
    ("STREET", 130),
    ("OTHER", 90),
    ("SIDEWALK", 40),
    ("RESIDENCE PORCH/HALLWAY", 30),
    ("SCHOOL, PUBLIC, BUILDING", 30),
    ("CHA APARTMENT", 20),
    ("COMMERCIAL / BUSINESS OFFICE", 20),
    ("POLICE FACILITY/VEH PARKING LOT", 20),
    ("", 10),
];
const SHOPS: &[(&str, u16)] = &[
    ("STREET", 230),
    ("RESIDENCE", 85),
    ("SMALL RETAIL STORE", 75),
    ("APARTMENT", 65),
    ("DEPARTMENT STORE", 65),
    ("OTHER", 55),
    ("GROCERY FOOD STORE", 55),
    ("RESTAURANT", 50),
    ("PARKING LOT/GARAGE(NON.RESID.)", 45),
    ("SIDEWALK", 40),
    ("CTA TRAIN", 25),
    ("DRUG STORE", 25),
    ("RESIDENCE-GARAGE", 25),
    ("BAR OR TAVERN", 20),
    ("CONVENIENCE STORE", 20),
    ("GAS STATION", 20),
    ("ATHLETIC CLUB", 15),
    ("HOTEL/MOTEL", 15),
    ("SCHOOL, PUBLIC, BUILDING", 15),
    ("CTA BUS", 10),
    ("AIRPORT TERMINAL LOWER LEVEL - NON-SECURE AREA", 5),
    ("", 5),
];
const ANYWHERE: &[(&str, u16)] = &[
    ("APARTMENT", 220),
    ("RESIDENCE", 200),
    ("STREET", 170),
    ("SIDEWALK", 120),
    ("SCHOOL, PUBLIC, BUILDING", 35),
    ("RESTAURANT", 25),
    ("PARKING LOT/GARAGE(NON.RESID.)", 25),
    ("SMALL RETAIL STORE", 20),
    ("RESIDENCE PORCH/HALLWAY", 20),
    ("ALLEY", 20),
    ("OTHER", 20),
    ("BAR OR TAVERN", 15),
    ("CTA TRAIN", 15),
    ("CTA BUS", 10),
    ("HOSPITAL BUILDING/GROUNDS", 15),
    ("GAS STATION", 10),
    ("VEHICLE NON-COMMERCIAL", 10),
    ("PARK PROPERTY", 10),
    ("NURSING HOME/RETIREMENT HOME", 10),
    ("", 5),
];
const STREETS: &[(&str, u16)] = &[
    ("STREET", 380),
    ("SIDEWALK", 270),
    ("ALLEY", 70),
    ("RESIDENCE", 50),
    ("VEHICLE NON-COMMERCIAL", 40),
    ("PARKING LOT/GARAGE(NON.RESID.)", 35),
    ("APARTMENT", 30),
    ("GAS STATION", 25),
    ("SMALL RETAIL STORE", 20),
    ("RESIDENTIAL YARD (FRONT/BACK)", 20),
    ("PARK PROPERTY", 15),
    ("ABANDONED BUILDING", 10),
    ("CONVENIENCE STORE", 10),
    ("CTA TRAIN", 10),
];
const PARKED: &[(&str, u16)] = &[
    ("STREET", 740),
    ("PARKING LOT/GARAGE(NON.RESID.)", 85),
    ("GAS STATION", 30),
    ("RESIDENTIAL YARD (FRONT/BACK)", 30),
    ("RESIDENCE", 25),
    ("RESIDENCE-GARAGE", 20),
    ("ALLEY", 15),
    ("DRIVEWAY - RESIDENTIAL", 15),
    ("VEHICLE NON-COMMERCIAL", 10),
];
const THINGS: &[(&str, u16)] = &[
    ("STREET", 350),
    ("RESIDENCE", 180),
    ("APARTMENT", 140),
    ("PARKING LOT/GARAGE(NON.RESID.)", 50),
    ("RESIDENCE-GARAGE", 30),
    ("ALLEY", 25),
    ("VEHICLE NON-COMMERCIAL", 25),
    ("OTHER", 20),
    ("RESIDENCE PORCH/HALLWAY", 20),
    ("RESTAURANT", 15),
    ("SMALL RETAIL STORE", 15),
    ("SIDEWALK", 15),
    ("SCHOOL, PUBLIC, BUILDING", 15),
    ("PARK PROPERTY", 10),
];
const BUILDINGS: &[(&str, u16)] = &[
    ("RESIDENCE", 320),
    ("APARTMENT", 310),
    ("RESIDENCE-GARAGE", 170),
    ("OTHER", 40),
    ("RESTAURANT", 30),
    ("SMALL RETAIL STORE", 30),
    ("COMMERCIAL / BUSINESS OFFICE", 25),
    ("CONSTRUCTION SITE", 15),
    ("CHURCH/SYNAGOGUE/PLACE OF WORSHIP", 10),
    ("BARBERSHOP", 5),
];
const LICENSED: &[(&str, u16)] = &[
    ("TAVERN/LIQUOR STORE", 320),
    ("BAR OR TAVERN", 160),
    ("CONVENIENCE STORE", 130),
    ("RESTAURANT", 120),
    ("SMALL RETAIL STORE", 100),
    ("GROCERY FOOD STORE", 90),
    ("STREET", 80),
];

macro_rules! kinds {
    ($($name:literal $share:literal $rhythm:ident $spread:ident $places:ident
        [$($iucr:literal $description:literal $fbi:literal $weight:literal $arrests:literal $domestic:literal;)*])*) => {
        /// All types, the most frequent first.
        pub(crate) static TYPES: &[Kind] = &[$(Kind {
            name: $name, share: $share, rhythm: Rhythm::$rhythm, spread: Spread::$spread, places: $places,
            offences: &[$(Offence {
                iucr: $iucr, description: $description, fbi_code: $fbi,
                weight: $weight, arrests: $arrests, domestic: $domestic,
            }),*],
        }),*];
    };
}

// IUCR, description, FBI code; weight within the type; arrests and domestic cases of a thousand
kinds! {
    "THEFT" 23_800 Theft Property SHOPS [
        "0820" "$500 AND UNDER" "06" 385 40 60;
        "0810" "OVER $500" "06" 230 30 40;
        "0860" "RETAIL THEFT" "06" 175 430 0;
        "0890" "FROM BUILDING" "06" 160 15 30;
        "0870" "POCKET-PICKING" "06" 35 10 0;
        "0880" "PURSE-SNATCHING" "06" 10 40 0;
        "0865" "DELIVERY CONTAINER THEFT" "06" 5 20 0;
    ]
    "BATTERY" 19_300 Violence General ANYWHERE [
        "0486" "DOMESTIC BATTERY SIMPLE" "08B" 490 210 880;
        "0460" "SIMPLE" "08B" 330 160 40;
        "0430" "AGGRAVATED: OTHER DANG WEAPON" "04B" 40 140 60;
        "041A" "AGGRAVATED: HANDGUN" "04B" 40 30 10;
        "0497" "AGGRAVATED DOMESTIC BATTERY: OTHER DANG WEAPON" "04B" 25 240 830;
        "0420" "AGGRAVATED:KNIFE/CUTTING INSTR" "04B" 20 150 60;
        "0484" "PRO EMP HANDS NO/MIN INJURY" "08B" 20 390 0;
        "0496" "AGGRAVATED DOMESTIC BATTERY: KNIFE/CUTTING INST" "04B" 20 300 840;
        "0454" "AGG PO HANDS NO/MIN INJURY" "08B" 15 900 0;
    ]
    "CRIMINAL DAMAGE" 10_700 Violence General THINGS [
        "1310" "TO PROPERTY" "14" 475 70 160;
        "1320" "TO VEHICLE" "14" 475 30 90;
        "1305" "CRIMINAL DEFACEMENT" "14" 30 160 0;
        "1345" "TO CITY OF CHICAGO PROPERTY" "14" 20 230 10;
    ]
    "ASSAULT" 7_900 Quarrel General ANYWHERE [
        "0560" "SIMPLE" "08A" 665 120 260;
        "051A" "AGGRAVATED: HANDGUN" "04A" 150 170 220;
        "0520" "AGGRAVATED:KNIFE/CUTTING INSTR" "04A" 80 260 400;
        "0530" "AGGRAVATED: OTHER DANG WEAPON" "04A" 60 200 290;
        "0545" "PRO EMP HANDS NO/MIN INJURY" "08A" 45 300 0;
    ]
    "OTHER OFFENSE" 6_600 Quarrel General HOME [
        "2820" "TELEPHONE THREAT" "26" 240 20 420;
        "2826" "HARASSMENT BY ELECTRONIC MEANS" "26" 165 20 330;
        "2825" "HARASSMENT BY TELEPHONE" "26" 165 10 400;
        "4387" "VIOLATE ORDER OF PROTECTION" "26" 105 380 840;
        "5002" "OTHER VEHICLE OFFENSE" "26" 95 130 340;
        "502P" "FALSE/STOLEN/ALTERED TRP" "26" 60 650 0;
        "502R" "VEHICLE TITLE/REG OFFENSE" "26" 40 880 0;
        "5011" "LICENSE VIOLATION" "26" 40 190 0;
        "5000" "OTHER CRIME AGAINST PERSON" "26" 40 60 190;
        "5111" "GUN OFFENDER: ANNUAL REGISTRATION" "26" 50 990 0;
    ]
    "DECEPTIVE PRACTICE" 6_500 Fraud Property HOME [
        "1150" "CREDIT CARD FRAUD" "11" 285 10 10;
        "1153" "FINANCIAL IDENTITY THEFT OVER $ 300" "11" 205 10 10;
        "1130" "FRAUD OR CONFIDENCE GAME" "11" 130 10 0;
        "1152" "ILLEGAL USE CASH CARD" "11" 115 10 20;
        "1154" "FINANCIAL IDENTITY THEFT $300 AND UNDER" "11" 75 0 20;
        "1210" "THEFT OF LABOR/SERVICES" "11" 65 280 0;
        "1121" "COUNTERFEITING DOCUMENT" "10" 45 70 0;
        "1120" "FORGERY" "10" 40 80 30;
        "1110" "BOGUS CHECK" "11" 40 20 0;
    ]
    "NARCOTICS" 4_750 Narcotics Street STREETS [
        "2024" "POSS: HEROIN(WHITE)" "18" 210 999 0;
        "1811" "POSS: CANNABIS 30GMS OR LESS" "18" 120 999 0;
        "2027" "POSS: CRACK" "18" 110 999 0;
        "1822" "MANU/DEL:CANNABIS OVER 10 GMS" "18" 90 999 0;
        "2093" "FOUND SUSPECT NARCOTICS" "18" 85 990 10;
        "1812" "POSS: CANNABIS MORE THAN 30GMS" "18" 75 999 0;
        "2014" "MANU/DELIVER: HEROIN (WHITE)" "18" 75 999 0;
        "1821" "MANU/DEL:CANNABIS 10GM OR LESS" "18" 65 999 0;
        "2022" "POSS: COCAINE" "18" 55 999 0;
        "2092" "SOLICIT NARCOTICS ON PUBLICWAY" "18" 50 999 0;
        "2017" "MANU/DELIVER:CRACK" "18" 35 999 0;
        "2028" "POSS: SYNTHETIC DRUGS" "18" 30 999 0;
    ]
    "BURGLARY" 4_350 Burglary General BUILDINGS [
        "0610" "FORCIBLE ENTRY" "05" 575 40 10;
        "0620" "UNLAWFUL ENTRY" "05" 360 40 10;
        "0630" "ATTEMPT FORCIBLE ENTRY" "05" 45 50 10;
        "0650" "HOME INVASION" "05" 20 90 200;
    ]
    "MOTOR VEHICLE THEFT" 3_750 Robbery General PARKED [
        "0910" "AUTOMOBILE" "07" 890 50 20;
        "0930" "THEFT/RECOVERY: AUTOMOBILE" "07" 55 170 30;
        "0920" "ATT: AUTOMOBILE" "07" 30 10 10;
        "0915" "TRUCK, BUS, MOTOR HOME" "07" 25 0 0;
    ]
    "ROBBERY" 3_700 Robbery General STREETS [
        "031A" "ARMED: HANDGUN" "03" 410 50 10;
        "0320" "STRONGARM - NO WEAPON" "03" 350 60 40;
        "0312" "ARMED:KNIFE/CUTTING INSTRUMENT" "03" 55 110 20;
        "0326" "AGGRAVATED VEHICULAR HIJACKING" "03" 55 90 10;
        "0313" "ARMED: OTHER DANGEROUS WEAPON" "03" 50 70 20;
        "033A" "ATTEMPT: ARMED-HANDGUN" "03" 40 70 0;
        "0340" "ATTEMPT: STRONGARM-NO WEAPON" "03" 40 80 10;
    ]
    "CRIMINAL TRESPASS" 2_700 Quarrel General ANYWHERE [
        "1330" "TO LAND" "26" 610 700 20;
        "1365" "TO RESIDENCE" "26" 190 250 190;
        "1360" "TO VEHICLE" "26" 120 220 10;
        "1350" "TO STATE SUP LAND" "26" 80 830 10;
    ]
    "WEAPONS VIOLATION" 2_050 Violence Street STREETS [
        "143A" "UNLAWFUL POSS OF HANDGUN" "15" 780 850 0;
        "1477" "RECKLESS FIREARM DISCHARGE" "15" 190 110 10;
        "141C" "UNLAWFUL USE OTHER DANG WEAPON" "15" 30 860 0;
    ]
    "OFFENSE INVOLVING CHILDREN" 850 Fraud General HOME [
        "1750" "CHILD ABUSE" "20" 380 140 530;
        "1780" "OTHER OFFENSE" "26" 230 10 550;
        "1710" "ENDANGERING LIFE/HEALTH CHILD" "26" 200 270 420;
        "1790" "CHILD ABDUCTION" "20" 90 90 670;
        "1751" "CRIM SEX ABUSE BY FAM MEMBER" "20" 100 50 370;
    ]
    "CRIM SEXUAL ASSAULT" 570 Fraud General HOME [
        "0281" "NON-AGGRAVATED" "02" 820 30 150;
        "0265" "AGGRAVATED: OTHER" "02" 180 60 160;
    ]
    "PUBLIC PEACE VIOLATION" 520 Quarrel General STREETS [
        "0470" "RECKLESS CONDUCT" "24" 750 810 20;
        "2850" "BOMB THREAT" "26" 130 70 40;
        "2890" "OTHER VIOLATION" "26" 120 500 0;
    ]
    "INTERFERENCE WITH PUBLIC OFFICER" 510 Narcotics Street STREETS [
        "3731" "OBSTRUCTING IDENTIFICATION" "24" 730 980 0;
        "3710" "RESIST/OBSTRUCT/DISARM OFFICER" "24" 270 920 10;
    ]
    "SEX OFFENSE" 380 Quarrel General HOME [
        "1563" "CRIMINAL SEXUAL ABUSE" "17" 480 130 90;
        "1570" "PUBLIC INDECENCY" "17" 270 330 10;
        "1562" "AGG CRIMINAL SEXUAL ABUSE" "17" 180 60 110;
        "1585" "OTHER" "17" 70 110 40;
    ]
    "PROSTITUTION" 260 Narcotics Street STREETS [
        "1506" "SOLICIT ON PUBLIC WAY" "16" 880 999 0;
        "1505" "CALL OPERATION" "16" 120 999 0;
    ]
    "HOMICIDE" 220 Violence Street STREETS [
        "0110" "FIRST DEGREE MURDER" "01A" 985 180 50;
        "0142" "RECKLESS HOMICIDE" "01B" 15 600 0;
    ]
    "ARSON" 140 Violence General THINGS [
        "1020" "BY FIRE" "09" 720 30 40;
        "1025" "AGGRAVATED" "09" 165 340 90;
        "1090" "ATTEMPT ARSON" "09" 115 120 120;
    ]
    "LIQUOR LAW VIOLATION" 110 Narcotics General LICENSED [
        "2210" "SELL/GIVE/DEL LIQUOR TO MINOR" "22" 580 990 0;
        "2250" "LIQUOR LICENSE VIOLATION" "22" 340 990 0;
        "2230" "ILLEGAL CONSUMPTION BY MINOR" "22" 80 990 0;
    ]
    "GAMBLING" 90 Narcotics Street STREETS [
        "1661" "GAME/DICE" "19" 1000 999 0;
    ]
    "STALKING" 80 Quarrel General HOME [
        "0580" "SIMPLE" "08A" 1000 80 430;
    ]
    "KIDNAPPING" 70 Quarrel General ANYWHERE [
        "1792" "CHILD ABDUCTION/STRANGER" "20" 500 60 20;
        "4255" "UNLAWFUL INTERFERE/VISITATION" "26" 300 80 710;
        "4210" "KIDNAPPING" "26" 200 20 250;
    ]
    "INTIMIDATION" 50 Quarrel General HOME [
        "3960" "INTIMIDATION" "26" 500 140 120;
        "3970" "EXTORTION" "26" 500 0 50;
    ]
    "OBSCENITY" 40 Narcotics General HOME [
        "1582" "CHILD PORNOGRAPHY" "17" 1000 870 290;
    ]
    "NON-CRIMINAL" 10 Quarrel General ANYWHERE [
        "5093" "LOST PASSPORT" "26" 1000 0 0;
    ]
    "PUBLIC INDECENCY" 5 Narcotics General LICENSED [
        "1576" "LICENSED PREMISE" "17" 1000 999 0;
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        let total: u32 = TYPES.iter().map(|kind| kind.share).sum();
        assert!((99_000..=101_000).contains(&total), "{total}");
        let mut seen = HashSet::new();
        for kind in TYPES {
            assert!(kind.share > 0 && !kind.offences.is_empty(), "{}", kind.name);
            for offence in kind.offences {
                assert_eq!(offence.iucr.len(), 4, "{}", offence.description);
                assert!(offence.arrests <= 1000 && offence.domestic <= 1000);
                assert!(seen.insert((offence.iucr, kind.name)), "{} twice", offence.iucr);
            }
        }
        assert!(TYPES.windows(2).all(|pair| pair[0].share >= pair[1].share));
    }

    #[test]
    fn every_crime_has_arrests_and_domestic_cases_as_the_city_has_them() {
        let of = |name: &str, part: fn(&Offence) -> u16| {
            let kind = TYPES.iter().find(|kind| kind.name == name).unwrap();
            let weight: u32 = kind.offences.iter().map(|offence| u32::from(offence.weight)).sum();
            let sum: u32 = kind
                .offences
                .iter()
                .map(|offence| u32::from(part(offence)) * u32::from(offence.weight))
                .sum();
            sum / weight
        };
        assert!((470..520).contains(&of("BATTERY", |offence| offence.domestic)));
        assert!((90..120).contains(&of("THEFT", |offence| offence.arrests)));
        assert!(of("NARCOTICS", |offence| offence.arrests) > 980);
    }
}
