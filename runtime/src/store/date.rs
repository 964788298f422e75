//! Dates of rows, in UTC and the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", 2013).

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970 as `2026-11-20 14:25:52`.
#[must_use]
pub fn utc(time_ms: i64) -> String {
    let days = time_ms.div_euclid(DAY_MS) + 719_468;
    let seconds = time_ms.rem_euclid(DAY_MS) / 1000;
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
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// When a day such as `2026-11-20`, or a second of it such as `2026-11-20 14:25:52`, begins: in milliseconds since 1970. A `T`
/// may stand in place of the space. `None` for what is no date.
#[must_use]
pub fn begin_ms(text: &str) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.trim_end_matches('Z'), ':')?;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let of_era = shifted_year.rem_euclid(400);
    let shifted_month = (month + 9).rem_euclid(12);
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let time_ms = days * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000;
    // What is no date, such as 30 February, comes back as another.
    let same = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    (utc(time_ms) == same).then_some(time_ms)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let numbers: Vec<_> = text
        .split(between)
        .map(|part| {
            let is_number = !part.is_empty() && part.len() <= 4;
            let is_number = is_number && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse().ok() } else { None }
        })
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (time_ms, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399_000, "2000-02-28 23:59:59"),
            (951_782_400_000, "2000-02-29 00:00:00"),
            (4_107_542_400_000, "2100-03-01 00:00:00"),
            (-1_000, "1969-12-31 23:59:59"),
        ] {
            assert_eq!(utc(time_ms), text);
            assert_eq!(begin_ms(text), Some(time_ms));
        }
        assert_eq!(begin_ms("2000-02-29"), Some(951_782_400_000));
        assert_eq!(begin_ms("2000-02-28T23:59:59Z"), Some(951_782_399_000));
        for bad in [
            "",
            "2100-02-29",
            "2000-13-01",
            "2000-00-10",
            "20-1",
            "2000-01-01 25:00:00",
            "2000-01--1",
        ] {
            assert_eq!(begin_ms(bad), None, "{bad}");
        }
        assert_eq!(utc(i64::MIN).len(), utc(i64::MIN).trim().len());
    }
}
