//! Dates for templates that tell the model what day it is, in UTC.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// A point in time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    days: i64,
    seconds: i64,
}

impl Moment {
    /// That of a clock; times before 1970 count as its beginning.
    pub(super) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = since.as_secs() as i64;
        Self {
            days: seconds.div_euclid(86_400),
            seconds: seconds.rem_euclid(86_400),
        }
    }

    /// The directives of C's `strftime` that templates use; others stay as they are.
    pub(super) fn format(self, format: &str) -> String {
        let (year, month, day) = self.date();
        let month_name = MONTHS[month as usize - 1];
        let day_name = DAYS[self.days.rem_euclid(7) as usize];
        let (hour, minute, second) = (
            self.seconds / 3600,
            self.seconds / 60 % 60,
            self.seconds % 60,
        );
        let mut text = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            match chars.next() {
                Some('Y') => text.push_str(&year.to_string()),
                Some('y') => text.push_str(&format!("{:02}", year.rem_euclid(100))),
                Some('m') => text.push_str(&format!("{month:02}")),
                Some('d') => text.push_str(&format!("{day:02}")),
                Some('H') => text.push_str(&format!("{hour:02}")),
                Some('M') => text.push_str(&format!("{minute:02}")),
                Some('S') => text.push_str(&format!("{second:02}")),
                Some('B') => text.push_str(month_name),
                Some('b') => text.push_str(&month_name[..3]),
                Some('A') => text.push_str(day_name),
                Some('a') => text.push_str(&day_name[..3]),
                Some('F') => text.push_str(&format!("{year}-{month:02}-{day:02}")),
                Some('T') => text.push_str(&format!("{hour:02}:{minute:02}:{second:02}")),
                Some('%') | None => text.push('%'),
                Some(other) => text.extend(['%', other]),
            }
        }
        text
    }

    /// Year, month and day in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", 2013).
    const fn date(self) -> (i64, i64, i64) {
        let days = self.days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year + era * 400 + (month <= 2) as i64;
        (year, month, day)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let check = |seconds, expected: &str| {
            let moment = Moment::of(UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(moment.format("%a %d %b %Y %H:%M:%S"), expected);
        };
        check(0, "Thu 01 Jan 1970 00:00:00");
        check(951_782_399, "Mon 28 Feb 2000 23:59:59");
        check(951_782_400, "Tue 29 Feb 2000 00:00:00");
        check(1_767_225_599, "Wed 31 Dec 2025 23:59:59");
        check(4_107_542_400, "Mon 01 Mar 2100 00:00:00");
        let moment = Moment::of(UNIX_EPOCH + Duration::from_hours(24));
        assert_eq!(
            moment.format("%A, %B %y %F %% %q %"),
            "Friday, January 70 1970-01-02 % %q %"
        );
    }
}
