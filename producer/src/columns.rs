//! The columns of a crime record and the three ways in which they are spelled.

use std::borrow::Cow;
use std::fmt;

/// A column, in the order of the portal's export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // their names are all that there is to say
pub enum Column {
    Id,
    CaseNumber,
    Date,
    Block,
    Iucr,
    PrimaryType,
    Description,
    LocationDescription,
    Arrest,
    Domestic,
    Beat,
    District,
    Ward,
    CommunityArea,
    FbiCode,
    XCoordinate,
    YCoordinate,
    Year,
    UpdatedOn,
    Latitude,
    Longitude,
    Location,
}

/// How many columns a record has.
pub const COLUMN_COUNT: usize = 22;

impl Column {
    /// All columns in the portal's order, which is also the order of the keys on the topic.
    pub const ALL: [Self; COLUMN_COUNT] = [
        Self::Id,
        Self::CaseNumber,
        Self::Date,
        Self::Block,
        Self::Iucr,
        Self::PrimaryType,
        Self::Description,
        Self::LocationDescription,
        Self::Arrest,
        Self::Domestic,
        Self::Beat,
        Self::District,
        Self::Ward,
        Self::CommunityArea,
        Self::FbiCode,
        Self::XCoordinate,
        Self::YCoordinate,
        Self::Year,
        Self::UpdatedOn,
        Self::Latitude,
        Self::Longitude,
        Self::Location,
    ];

    /// The key on the topic: the underscored spelling.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::CaseNumber => "Case_Number",
            Self::Date => "Date",
            Self::Block => "Block",
            Self::Iucr => "IUCR",
            Self::PrimaryType => "Primary_Type",
            Self::Description => "Description",
            Self::LocationDescription => "Location_Description",
            Self::Arrest => "Arrest",
            Self::Domestic => "Domestic",
            Self::Beat => "Beat",
            Self::District => "District",
            Self::Ward => "Ward",
            Self::CommunityArea => "Community_Area",
            Self::FbiCode => "FBI_Code",
            Self::XCoordinate => "X_Coordinate",
            Self::YCoordinate => "Y_Coordinate",
            Self::Year => "Year",
            Self::UpdatedOn => "Updated_On",
            Self::Latitude => "Latitude",
            Self::Longitude => "Longitude",
            Self::Location => "Location",
        }
    }

    /// The column of a name in any of the three spellings: case does not matter, and space and underscore are one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| {
            let key = column.key();
            key.len() == name.len()
                && key
                    .bytes()
                    .zip(name.bytes())
                    .all(|(k, n)| k.eq_ignore_ascii_case(&n) || (k == b'_' && n == b' '))
        })
    }
}

/// A way of spelling the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// the portal's CSV export: `Primary Type`
    Portal,
    /// the older form: `Primary_Type`
    Underscored,
    /// the open-data API: `primary_type`
    Api,
}

impl Dialect {
    /// All of them, the most common first.
    pub const ALL: [Self; 3] = [Self::Portal, Self::Underscored, Self::Api];

    /// The name of a column in this dialect.
    #[must_use]
    pub fn spelling(self, column: Column) -> Cow<'static, str> {
        match self {
            Self::Portal => column.key().replace('_', " ").into(),
            Self::Underscored => column.key().into(),
            Self::Api => column.key().to_ascii_lowercase().into(),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portal => "portal",
            Self::Underscored => "underscored",
            Self::Api => "API",
        })
    }
}

/// Where a CSV file has its columns, found by its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// the spelling
    pub dialect: Dialect,
    /// for each field of a row its column, if it is one of ours
    pub columns: Vec<Option<Column>>,
}

/// Why a first line is not a header of crime records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// too few known names to take it for a header
    #[error(
        "its first line is no header of crime records: it begins with {0}, where ID, Case Number, Date and so on are \
         expected, with commas between them"
    )]
    Unknown(String),
    /// a column that every export has
    #[error(
        "the column {column} is missing; by its header this is a file in the {dialect} form{instead}"
    )]
    Missing {
        /// spelled as in that dialect
        column: String,
        /// what the header was taken for
        dialect: Dialect,
        /// the same column in another spelling, if the header has it
        instead: String,
    },
    /// a name that occurs twice
    #[error("the column {0} is in the header twice")]
    Twice(String),
}

impl Layout {
    /// Finds the dialect by the names of a header, and where each column is. Names that are not ours are passed over.
    ///
    /// # Errors
    /// If it is no header of crime records or not a whole one.
    pub fn of(header: &[&str]) -> Result<Self, HeaderError> {
        let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
        let known = |dialect: &Dialect| {
            Column::ALL.iter().filter(|&&c| names.contains(&dialect.spelling(c).as_ref())).count()
        };
        // of equals the last is taken, so the most common comes last
        let dialect = Dialect::ALL.into_iter().rev().max_by_key(known).unwrap_or(Dialect::Portal);
        if known(&dialect) < 3 {
            return Err(HeaderError::Unknown(shown(&header.join(","))));
        }
        let mut columns = vec![None; names.len()];
        for column in Column::ALL {
            let spelling = dialect.spelling(column);
            let mut places = (0..names.len()).filter(|&i| names[i] == spelling);
            let Some(place) = places.next() else {
                let other = names.iter().find(|name| Column::named(name) == Some(column));
                let instead = other.map(|name| {
                    format!(", but it has {name}, which is how another form spells it")
                });
                return Err(HeaderError::Missing {
                    column: spelling.into(),
                    dialect,
                    instead: instead.unwrap_or_default(),
                });
            };
            if places.next().is_some() {
                return Err(HeaderError::Twice(spelling.into()));
            }
            columns[place] = Some(column);
        }
        Ok(Self { dialect, columns })
    }
}

/// The beginning of a text, with what can't be printed escaped.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut quoted =
        format!("\"{}", text.chars().take(MOST).flat_map(char::escape_debug).collect::<String>());
    quoted.push_str(if text.chars().nth(MOST).is_some() { "...\"" } else { "\"" });
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(dialect: Dialect) -> Vec<String> {
        Column::ALL.iter().map(|&c| dialect.spelling(c).into_owned()).collect()
    }

    fn layout(names: &[String]) -> Result<Layout, HeaderError> {
        Layout::of(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    #[test]
    fn each_dialect_is_found_by_its_header() {
        for dialect in Dialect::ALL {
            let found = layout(&header(dialect)).unwrap();
            assert_eq!(found.dialect, dialect);
            assert_eq!(found.columns, Column::ALL.map(Some));
        }
    }

    #[test]
    fn columns_may_come_in_another_order_with_others_between() {
        let mut names = header(Dialect::Api);
        names.reverse();
        names.insert(3, ":@computed_region_awaf_s7ux".to_owned());
        let found = layout(&names).unwrap();
        assert_eq!(found.dialect, Dialect::Api);
        assert_eq!(found.columns[0], Some(Column::Location));
        assert_eq!(found.columns[3], None);
        assert_eq!(found.columns[22], Some(Column::Id));
    }

    #[test]
    fn a_missing_column_is_named_in_the_dialect_that_was_found() {
        let mut names = header(Dialect::Portal);
        names.remove(Column::PrimaryType as usize);
        let said = layout(&names).unwrap_err().to_string();
        assert!(said.contains("Primary Type") && said.contains("portal form"), "{said}");
        names.push("primary_type".to_owned());
        let said = layout(&names).unwrap_err().to_string();
        assert!(said.contains("but it has primary_type"), "{said}");
    }

    #[test]
    fn what_is_no_header_is_shown() {
        let said = Layout::of(&["a\u{7}b", "c"]).unwrap_err().to_string();
        assert!(said.contains(r"a\u{7}b,c"), "{said}");
        let mut twice = header(Dialect::Underscored);
        twice.push("District".to_owned());
        assert_eq!(layout(&twice), Err(HeaderError::Twice("District".to_owned())));
    }

    #[test]
    fn any_spelling_names_a_column() {
        for dialect in Dialect::ALL {
            for column in Column::ALL {
                assert_eq!(Column::named(&dialect.spelling(column)), Some(column));
            }
        }
        assert_eq!(Column::named("Primary-Type"), None);
    }
}
