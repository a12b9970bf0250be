//! The fast way to the fields of a value, for what producers really send: one flat object of texts.
//!
//! Whatever is not plain (escapes, fractions, nested values, anything that is no JSON) is left to the JSON reader in
//! [`crate::fields`]; what is taken here means the same there, which property tests hold up.

use crate::fields::{Field, Fields};
use std::borrow::Cow;
use std::ops::Range;

/// What stood between the texts of the value before, in order: what one producer sends has the same keys again, so they
/// need not be looked up, only compared.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    gaps: Vec<Option<Gap>>,
}

/// The bytes from the quote that ends one text to the quote that begins the next: `","Primary_Type":"`.
#[derive(Debug)]
struct Gap {
    length: usize,
    /// The bytes as words, of which only the bits in `mask` belong to the gap.
    words: [u64; WORDS],
    mask: [u64; WORDS],
    /// The field that the key in it names.
    field: Option<Field>,
}

/// Longer gaps are read byte by byte each time.
const WORDS: usize = 4;
const LONGEST: usize = 8 * WORDS;

fn words(bytes: &[u8; LONGEST]) -> [u64; WORDS] {
    let (words, _) = bytes.as_chunks::<8>();
    [0, 1, 2, 3].map(|i| words.get(i).map_or(0, |&word| u64::from_le_bytes(word)))
}

impl Layout {
    /// Gap `n`, if `rest` begins with it.
    #[inline]
    fn expected(&self, n: usize, rest: &[u8]) -> Option<&Gap> {
        let gap = self.gaps.get(n)?.as_ref()?;
        let found = words(rest.first_chunk()?);
        let differ = |i: usize| (found[i] ^ gap.words[i]) & gap.mask[i];
        (differ(0) | differ(1) | differ(2) | differ(3) == 0).then_some(gap)
    }

    fn learn(&mut self, n: usize, bytes: &[u8], field: Option<Field>) {
        if n >= self.gaps.len() {
            self.gaps.resize_with(n + 1, || None);
        }
        let (mut text, mut mask) = ([0; LONGEST], [0; LONGEST]);
        let length = bytes.len();
        self.gaps[n] = None;
        if length <= LONGEST {
            text[..length].copy_from_slice(bytes);
            mask[..length].fill(0xff);
            self.gaps[n] = Some(Gap { length, words: words(&text), mask: words(&mask), field });
        }
    }
}

/// Reads the fields of a plain value into `fields`, which are empty. `None` where it is not plain; then they hold
/// anything.
pub(crate) fn scan<'a>(json: &'a str, layout: &mut Layout, fields: &mut Fields<'a>) -> Option<()> {
    let bytes = json.as_bytes();
    // the end of what is read so far; of a text its closing quote
    let mut at = space(bytes, 0);
    for n in 0.. {
        let (field, value) = match layout.expected(n, bytes.get(at..)?) {
            Some(gap) => {
                let start = at + gap.length;
                (gap.field, start..text_end(bytes, start)?)
            }
            None => {
                // before the first key there is no text that a quote could end
                let next = if n == 0 { at } else { after(bytes, at, b'"').unwrap_or(at) };
                match *bytes.get(space(bytes, next))? {
                    b'{' if n == 0 => {}
                    b',' if n > 0 => {}
                    b'}' if n > 0 => {
                        at = space(bytes, next) + 1;
                        break;
                    }
                    _ => return None,
                }
                pair(json, at..space(bytes, next) + 1, n, layout)?
            }
        };
        at = value.end;
        if let Some(field) = field {
            fields[field] = Cow::Borrowed(json.get(value)?);
        }
    }
    (space(bytes, at) == bytes.len()).then_some(())
}

/// A key and its value that are not as they were expected: the field, and where the value's text is. `from` is the
/// quote of the text before, if there was one, and what follows it up to and with `{` or `,`.
fn pair(
    json: &str,
    from: Range<usize>,
    n: usize,
    layout: &mut Layout,
) -> Option<(Option<Field>, Range<usize>)> {
    let bytes = json.as_bytes();
    let key = after(bytes, space(bytes, from.end), b'"')?;
    let key_end = text_end(bytes, key)?;
    let field = Field::of(json.get(key..key_end)?);
    let start = space(bytes, after(bytes, space(bytes, key_end + 1), b':')?);
    if let Some(text) = after(bytes, start, b'"') {
        layout.learn(n, bytes.get(from.start..text)?, field);
        return Some((field, text..text_end(bytes, text)?));
    }
    let plain = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'+' | b'.');
    let end = start + bytes.get(start..)?.iter().take_while(|b| plain(b)).count();
    // a quote here would look like the end of a text
    if !matches!(bytes.get(space(bytes, end))?, b',' | b'}') {
        return None;
    }
    match json.get(start..end)? {
        "null" => Some((field, end..end)),
        word if matches!(word, "true" | "false") || is_small_whole(word) => {
            Some((field, start..end))
        }
        _ => None,
    }
}

/// Whether a JSON number is written just as it would be printed: digits without a leading zero that fit 64 bits.
fn is_small_whole(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word).as_bytes();
    (1..=18).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (digits[0] != b'0' || word == "0")
}

/// The place after `byte`, if it is at `at`.
fn after(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    (bytes.get(at) == Some(&byte)).then_some(at + 1)
}

/// The first place from `at` on that is no white space.
fn space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// The place of the quote that ends the text beginning at `from`, unless something comes before it that a plain text
/// does not have: an escape or a control character. Looks at sixteen bytes at a time.
#[inline]
fn text_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let place = loop {
        let rest = bytes.get(at..)?;
        let Some(sixteen) = rest.first_chunk::<16>() else {
            break at + rest.iter().position(|&b| matches!(b, b'"' | b'\\' | 0..0x20))?;
        };
        let words = u128::from_le_bytes(*sixteen);
        let (first, second) = (special(words as u64), special((words >> 64) as u64));
        if first != 0 {
            break at + (first.trailing_zeros() / 8) as usize;
        }
        if second != 0 {
            break at + 8 + (second.trailing_zeros() / 8) as usize;
        }
        at += 16;
    };
    (bytes.get(place) == Some(&b'"')).then_some(place)
}

/// The lowest bit that is set stands at the first byte of `word` that is a quote, an escape or a control character.
#[inline]
fn special(word: u64) -> u64 {
    let zero = |w: u64| w.wrapping_sub(EACH) & !w & HIGH;
    zero(word ^ (u64::from(b'"') * EACH))
        | zero(word ^ (u64::from(b'\\') * EACH))
        | (word.wrapping_sub(u64::from(b' ') * EACH) & !word & HIGH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::read_json;
    use proptest::prelude::*;

    /// Both ways must agree wherever the fast one answers at all.
    fn agree(json: &str, layout: &mut Layout) -> bool {
        let mut fields = Fields::default();
        let is_plain = scan(json, layout, &mut fields).is_some();
        if is_plain {
            assert_eq!(Some(fields), read_json(json).ok(), "{json}");
        }
        is_plain
    }

    #[test]
    fn what_producers_send_is_plain() {
        let mut layout = Layout::default();
        for json in [
            r#"{"ID":"7","Primary_Type":"THEFT","Description":"","Latitude":"41.5"}"#,
            r#"{"ID":"8","Primary_Type":"CAFÉ — ÉTÉ","Description":"x","Latitude":"41.5"}"#,
            r#" { "ID" : 9 , "Arrest":true,"Domestic": false ,"Ward":null, "Beat":0,"X":-12 } "#,
            r#"{"ID":"8"}"#,
            r#"{"Primary_Type":"THEFT","ID":"8"}"#,
            r#"{"id":"1","ID":"2","Id":null}"#,
        ] {
            assert!(agree(json, &mut layout), "{json}");
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_json_reader() {
        let mut layout = Layout::default();
        for json in [
            "",
            " ",
            "{",
            "{}",
            "[]",
            "null",
            "3",
            r#""x""#,
            r#"{"ID""#,
            r#"{"ID":"#,
            r#"{"ID":"7"#,
            r#"{"ID":"7""#,
            r#"{"ID":"7",}"#,
            r#"{"ID":"7"}x"#,
            r#"{"ID":"7"},"#,
            r#"{"ID" "7"}"#,
            r#"{"ID":"\u0037"}"#,
            r#"{"I\u0044":"7"}"#,
            r#"{"ID":1.5}"#,
            r#"{"ID":1e3}"#,
            r#"{"ID":-0}"#,
            r#"{"ID":01}"#,
            r#"{"ID":-}"#,
            r#"{"ID":+1}"#,
            r#"{"ID":1234567890123456789}"#,
            r#"{"ID":{}}"#,
            r#"{"ID":[1]}"#,
            r#"{"ID":nul}"#,
            r#"{"ID":True}"#,
            r#"{ID:"7"}"#,
            "{\"ID\":\"a\nb\"}",
            "{\"ID\":\"aaaaaaaaaaaaaaa\u{1}b\"}",
            r#"{"ID":"aaaaaaaaaaaaaaaaa\"b"}"#,
            r#""{"ID":"7"}"#,
            r#"{{"ID":"7"}"#,
            r#",{"ID":"7"}"#,
        ] {
            assert!(scan(json, &mut layout, &mut Fields::default()).is_none(), "{json}");
        }
    }

    #[test]
    fn a_quote_behind_a_number_is_no_end_of_a_text() {
        let mut layout = Layout::default();
        assert!(agree(r#"{"Beat":"1","Ward":"5","X":"","Y":"","Z":""}"#, &mut layout));
        assert!(!agree(r#"{"Beat":1","Ward":"5","X":"","Y":"","Z":""}"#, &mut layout));
        assert!(agree(r#"{"Beat":1,"Ward":"5","X":"","Y":"","Z":""}"#, &mut layout));
        assert!(agree(r#"{"Beat":"1","Ward":"5","X":"","Y":"","Z":""}"#, &mut layout));
    }

    /// Objects as they come, with a little of everything that is not plain.
    fn object() -> impl Strategy<Value = String> {
        let key = prop_oneof![
            proptest::sample::select(vec![
                "ID",
                "Date",
                "Primary_Type",
                "primary type",
                "District",
                "DOMESTIC",
                "Arrest",
                "Latitude",
                "X",
                "Case Number",
            ])
            .prop_map(str::to_owned),
            "[a-zé\\\\\"]{0,12}",
        ];
        let value = prop_oneof![
            6 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
            6 => "[ -~]{0,30}".prop_map(|text| serde_json::to_string(&text).unwrap()),
            2 => any::<i64>().prop_map(|n| n.to_string()),
            1 => (-1000_i64..1000).prop_map(|n| n.to_string()),
            1 => any::<f64>().prop_map(|n| serde_json::to_string(&n).unwrap()),
            2 => proptest::sample::select(vec!["null", "true", "false", "{}", "[1,{\"a\":\"b\"}]", "-0", "1e5"]).prop_map(str::to_owned),
        ];
        let gap = || proptest::sample::select(vec!["", "", "", " ", "\n\t\r "]);
        let pair = (key, value, gap(), gap(), gap()).prop_map(|(key, value, a, b, c)| {
            format!("{a}{}{b}:{c}{value}", serde_json::to_string(&key).unwrap())
        });
        (proptest::collection::vec(pair, 0..12), gap())
            .prop_map(|(pairs, gap)| format!("{{{}{gap}}}", pairs.join(",")))
    }

    /// Plain objects, whose gaps are expected the second time.
    fn plain_object() -> impl Strategy<Value = String> {
        let pair = (
            proptest::sample::select(vec!["ID", "Beat", "Ward", "X", "Description"]),
            "[0-9]{1,3}|[a-z]{0,12}",
        );
        proptest::collection::vec(pair, 1..9).prop_map(|pairs| {
            let pairs = pairs.iter().map(|(key, text)| format!("\"{key}\":\"{text}\""));
            format!("{{{}}}", Vec::from_iter(pairs).join(","))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn both_ways_agree_on_objects(objects in proptest::collection::vec(object(), 1..4)) {
            let mut layout = Layout::default();
            // twice, so that the second time keys are where they are expected
            for json in objects.iter().chain(&objects) {
                agree(json, &mut layout);
            }
        }

        #[test]
        fn both_ways_agree_on_damaged_objects(
            object in prop_oneof![object(), plain_object()], at in any::<prop::sample::Index>(), how in 0..4,
            by in prop_oneof![4 => proptest::sample::select(Vec::from_iter("\"\"{}[]:,\\ 0t\n".chars())), 1 => any::<char>()],
        ) {
            let mut layout = Layout::default();
            scan(&object, &mut layout, &mut Fields::default());
            let mut chars: Vec<char> = object.chars().collect();
            let at = at.index(chars.len());
            match how {
                0 => chars.truncate(at),
                1 => chars[at] = by,
                2 => chars.insert(at, by),
                _ => drop(chars.remove(at)),
            }
            agree(&String::from_iter(chars), &mut layout);
        }

        #[test]
        fn both_ways_agree_on_any_text(text in "[{}\\[\\]\":,\\\\ a-zIDtrue0-9.\\n-]{0,40}") {
            let mut layout = Layout::default();
            agree(&text, &mut layout);
        }

        #[test]
        fn plain_objects_are_taken(texts in proptest::collection::vec("[ !#-\\[\\]-~é]{0,40}", 1..10)) {
            let pairs: Vec<String> = texts.iter().map(|t| format!("\"Description\":\"{t}\"")).collect();
            let object = format!("{{{}}}", pairs.join(","));
            prop_assert!(agree(&object, &mut Layout::default()));
        }
    }
}
