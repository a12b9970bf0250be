//! One page of rows, checked to be whole.

use crate::columns::{Column, Dialect, Layout};
use crate::source::{HeaderRow, RowTexts, header, row_texts};

/// Rows of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// header and rows
    body: Vec<u8>,
    layout: Layout,
    /// where the rows begin
    rows_from: usize,
    /// for each row its ID and when it was updated, as they are written
    keys: Vec<(String, String)>,
}

impl Page {
    /// Checks that a body is a header of the API's form and whole rows behind it. An answer that broke off is none.
    ///
    /// # Errors
    /// With what is wrong, in words that follow "the answer is".
    pub fn of(body: Vec<u8>) -> Result<Self, String> {
        let no_rows = |why: String| format!("no page of crime records: {why}");
        let HeaderRow { names, offset, .. } =
            header(&body, true).ok_or_else(|| no_rows("it has no header".to_owned()))?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let layout = Layout::of(&names).map_err(|error| no_rows(error.to_string()))?;
        if layout.dialect != Dialect::Api {
            return Err(no_rows(format!("its header is in the {} form", layout.dialect)));
        }
        if body.last() != Some(&b'\n') {
            return Err("not whole: it ends within a row".to_owned());
        }
        let place = |column| layout.columns.iter().position(|&found| found == Some(column));
        let (Some(id), Some(updated_on)) = (place(Column::Id), place(Column::UpdatedOn)) else {
            return Err(no_rows("a column is missing".to_owned()));
        };
        let rows_from = usize::try_from(offset).unwrap_or(body.len());
        let mut keys = Vec::new();
        let mut rest = &body[rows_from..];
        while let Some(RowTexts { texts, next }) = row_texts(rest) {
            rest = &rest[next..];
            if texts.is_empty() {
                continue;
            }
            if texts.len() != names.len() {
                return Err(format!(
                    "not whole: row {} has {} fields",
                    keys.len() + 1,
                    texts.len()
                ));
            }
            keys.push((texts[id].clone(), texts[updated_on].clone()));
        }
        if !rest.is_empty() {
            return Err("not whole: it ends within a quoted field".to_owned());
        }
        Ok(Self { body, layout, rows_from, keys })
    }

    /// For each row its `id` and its `updated_on`.
    #[must_use]
    pub fn keys(&self) -> &[(String, String)] {
        &self.keys
    }

    /// All of it, with its header.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The header alone.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.body[..self.rows_from]
    }

    /// The rows without the header.
    #[must_use]
    pub fn rows(&self) -> &[u8] {
        &self.body[self.rows_from..]
    }

    /// Where its columns are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_line() -> String {
        Column::ALL.map(|column| Dialect::Api.spelling(column).into_owned()).join(",")
    }

    fn row(id: u32) -> String {
        format!(
            "{id},JB,2018-01-01T12:00:00.000,\"a\nb\",,,,,,,,,,,,,,,2018-02-0{id}T00:00:00.000,,,"
        )
    }

    #[test]
    fn rows_are_known_by_id_and_update() {
        let body = format!("{}\n{}\n{}\n", header_line(), row(1), row(2));
        let page = Page::of(body.clone().into_bytes()).unwrap();
        let expected = [("1", "2018-02-01T00:00:00.000"), ("2", "2018-02-02T00:00:00.000")];
        assert_eq!(page.keys(), expected.map(|(id, at)| (id.to_owned(), at.to_owned())));
        assert_eq!([page.header(), page.rows()].concat(), body.as_bytes());
    }

    #[test]
    fn an_answer_that_broke_off_is_no_page() {
        let body = format!("{}\n{}\n{}\n", header_line(), row(1), row(2)).into_bytes();
        for length in 1..body.len() {
            let cut = Page::of(body[..length].to_vec());
            let between_rows =
                length == header_line().len() + 1 || length == body.len() - row(2).len() - 1;
            assert_eq!(cut.is_ok(), between_rows, "{length}: {cut:?}");
        }
        assert!(Page::of(b"<html>\n".to_vec()).is_err());
        assert!(Page::of(header_line().to_uppercase().into_bytes()).is_err());
    }
}
