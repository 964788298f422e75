//! Gross, idle and net energy: what a window used, what the machine uses doing nothing, and the difference where it is one.

use super::Consumed;

/// Windows of idleness that are needed on either side of the work.
pub const IDLE_WINDOWS: usize = 5;
/// Standard deviations of idle power by which work must exceed it.
const SIGMAS: f64 = 3.0;

/// The energy of a window beside that of idleness.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// What the window used.
    pub gross: Consumed,
    /// Mean power in windows of idleness before and after, in watts.
    pub idle_watts: f64,
    /// Standard deviation of the power of these windows, in watts.
    pub idle_sigma_watts: f64,
    /// Gross less idle energy, in joules, or the reason why it is not given.
    pub net_joules: Result<f64, NetUnavailable>,
}

/// Why there is no net energy.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NetUnavailable {
    /// Too little is known of idleness.
    #[error(
        "{before} idle windows before and {after} after the work, {IDLE_WINDOWS} are needed each"
    )]
    TooFewIdleWindows {
        /// Number before the work.
        before: usize,
        /// Number after it.
        after: usize,
    },
    /// The work cannot be told from idleness.
    #[error(
        "{watts:.2} W of work do not exceed {idle_watts:.2} W of idleness by three standard deviations of {sigma_watts:.2} W"
    )]
    WithinNoise {
        /// Mean power of the window.
        watts: f64,
        /// Mean power of idleness.
        idle_watts: f64,
        /// Its standard deviation.
        sigma_watts: f64,
    },
}

/// Sets the energy of a window beside windows of idleness before and after it, all read with the same reader.
#[must_use]
pub fn account(before: &[Consumed], gross: Consumed, after: &[Consumed]) -> Account {
    let watts: Vec<f64> = before.iter().chain(after).map(Consumed::watts).collect();
    let mean = watts.iter().sum::<f64>() / watts.len() as f64;
    let squares: f64 = watts.iter().map(|watts| (watts - mean).powi(2)).sum();
    // A drift between before and after widens it, as it should.
    let sigma = (squares / (watts.len() as f64 - 1.0)).sqrt();
    let net_joules = if before.len() < IDLE_WINDOWS || after.len() < IDLE_WINDOWS {
        Err(NetUnavailable::TooFewIdleWindows {
            before: before.len(),
            after: after.len(),
        })
    } else if gross.watts() - mean > SIGMAS * sigma {
        Ok(gross.joules - mean * gross.duration.as_secs_f64())
    } else {
        Err(NetUnavailable::WithinNoise {
            watts: gross.watts(),
            idle_watts: mean,
            sigma_watts: sigma,
        })
    };
    Account {
        gross,
        idle_watts: mean,
        idle_sigma_watts: sigma,
        net_joules,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn windows(watts: &[f64]) -> Vec<Consumed> {
        let window = |watts: &f64| Consumed {
            joules: watts * 2.0,
            duration: Duration::from_secs(2),
        };
        watts.iter().map(window).collect()
    }

    #[test]
    fn net_is_given_only_where_work_stands_out_of_idleness() {
        let (before, after) = (
            windows(&[9.0, 11.0, 10.0, 9.0, 11.0]),
            windows(&[10.0, 9.0, 11.0, 9.0, 11.0]),
        );
        let of = |watts| account(&before, windows(&[watts])[0], &after);
        let work = of(50.0);
        assert_eq!(work.idle_watts, 10.0);
        assert!((work.idle_sigma_watts - 0.943).abs() < 1e-3);
        assert_eq!(work.net_joules, Ok(80.0));
        assert!(matches!(
            of(12.8).net_joules,
            Err(NetUnavailable::WithinNoise { .. })
        ));
        assert!(of(12.9).net_joules.is_ok());
        assert!(matches!(
            of(5.0).net_joules,
            Err(NetUnavailable::WithinNoise { .. })
        ));
        assert_eq!(
            account(&before[1..], windows(&[50.0])[0], &after).net_joules,
            Err(NetUnavailable::TooFewIdleWindows {
                before: 4,
                after: 5
            })
        );
    }
}
