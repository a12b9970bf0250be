//! Anomalies as a person sees them: windows that overlap are one episode.

use chrono::NaiveDateTime;

use super::tables::Window;

/// Windows of one type and district that overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Episode {
    pub(super) primary_type: String,
    pub(super) district: i32,
    /// start of the first window
    pub(super) start: NaiveDateTime,
    /// end of the last one
    pub(super) end: NaiveDateTime,
    /// crimes in the fullest window
    pub(super) most: i32,
    pub(super) windows: usize,
}

/// The episodes of windows that are ordered by type, district and start; the fullest first.
pub(super) fn episodes(windows: &[Window]) -> Vec<Episode> {
    let mut episodes: Vec<Episode> = Vec::new();
    for window in windows {
        match episodes.last_mut() {
            Some(last)
                if last.primary_type == window.primary_type
                    && last.district == window.district
                    && window.start < last.end =>
            {
                last.end = last.end.max(window.end);
                last.most = last.most.max(window.crimes);
                last.windows += 1;
            }
            _ => episodes.push(Episode {
                primary_type: window.primary_type.clone(),
                district: window.district,
                start: window.start,
                end: window.end,
                most: window.crimes,
                windows: 1,
            }),
        }
    }
    episodes.sort_by(|a, b| b.most.cmp(&a.most).then(a.start.cmp(&b.start)));
    episodes
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::NaiveDate;

    use super::*;

    pub(in crate::report) fn window(
        primary_type: &str,
        district: i32,
        hour: u32,
        crimes: i32,
    ) -> Window {
        let start = NaiveDate::from_ymd_opt(2023, 1, 2).unwrap().and_hms_opt(hour, 0, 0).unwrap();
        Window {
            primary_type: primary_type.to_owned(),
            district,
            start,
            end: start + chrono::TimeDelta::hours(5),
            crimes,
        }
    }

    #[test]
    fn windows_that_overlap_are_one() {
        let windows = [
            window("THEFT", 1, 1, 15),
            window("THEFT", 1, 5, 20),
            window("THEFT", 1, 9, 16),
            window("THEFT", 1, 14, 15),
            window("THEFT", 18, 14, 30),
        ];
        let found = episodes(&windows);
        let brief: Vec<(i32, i32, usize)> =
            found.iter().map(|it| (it.district, it.most, it.windows)).collect();
        assert_eq!(brief, [(18, 30, 1), (1, 20, 3), (1, 15, 1)]);
        assert_eq!(found[1].start, windows[0].start);
        assert_eq!(found[1].end, windows[2].end);
        assert!(episodes(&[]).is_empty());
    }
}
