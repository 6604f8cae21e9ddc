//! Methods on series whose future is known but for noise.

use gatewise_baselines::{Forecast, Method, fit};

/// Noise that every run draws alike: SplitMix64, by Box and Muller.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

fn mean_error(forecast: &Forecast, truth: &[f64]) -> f64 {
    forecast.mean.iter().zip(truth).map(|(mean, truth)| (mean - truth).abs()).sum::<f64>() / truth.len() as f64
}

const FITTED: [Method; 3] = [Method::Theta, Method::Ets, Method::Ar];

#[test]
fn season_times_trend() {
    let mut noise = Noise(3);
    let value = |t: usize| (50.0 + 0.5 * t as f64) * (1.0 + 0.2 * (std::f64::consts::TAU * t as f64 / 12.0).sin());
    let y: Vec<f64> = (0..120).map(|t| value(t) * (1.0 + 0.01 * noise.normal())).collect();
    let truth: Vec<f64> = (120..132).map(value).collect();
    let naive = mean_error(&fit(Method::SeasonalNaive, &y, &[12]).unwrap().forecast(12), &truth);
    for method in FITTED {
        let fitted = fit(method, &y, &[12]).unwrap();
        let error = mean_error(&fitted.forecast(12), &truth);
        assert!(error < 0.5 * naive && error < 2.5, "{}: {error} against {naive}", fitted.label());
    }
}

#[test]
fn three_years_of_weeks() {
    let mut noise = Noise(5);
    let value = |t: usize| 15000.0 + 2000.0 * (std::f64::consts::TAU * t as f64 / 52.0).sin();
    let y: Vec<f64> = (0..156).map(|t| value(t) + 300.0 * noise.normal()).collect();
    let truth: Vec<f64> = (156..208).map(value).collect();
    for method in FITTED {
        let fitted = fit(method, &y, &[52]).unwrap();
        let forecast = fitted.forecast(52);
        assert!(mean_error(&forecast, &truth) < 350.0, "{}: {}", fitted.label(), mean_error(&forecast, &truth));
        assert!(forecast.sd.iter().all(|sd| (250.0..1500.0).contains(sd)), "{}: {:?}", fitted.label(), forecast.sd);
    }
}

#[test]
fn a_day_and_a_week_of_hours() {
    let mut noise = Noise(6);
    let wave = |t: usize, m: usize| (std::f64::consts::TAU * t as f64 / m as f64).sin();
    let value = |t: usize| 100.0 + 10.0 * wave(t, 24) + 6.0 * wave(t, 168);
    let y: Vec<f64> = (0..1008).map(|t| value(t) + noise.normal()).collect();
    let truth: Vec<f64> = (1008..1176).map(value).collect();
    for method in FITTED {
        let fitted = fit(method, &y, &[24, 168]).unwrap();
        assert!(fitted.label().ends_with("seasonally adjusted (24 and 168)"), "{}", fitted.label());
        assert!(mean_error(&fitted.forecast(168), &truth) < 1.0, "{}", fitted.label());
    }
}

#[test]
fn small_changes_at_a_high_level() {
    let mut noise = Noise(7);
    let mut level = 0.0;
    let walk: Vec<f64> = (0..200)
        .map(|_| {
            level += noise.normal();
            level
        })
        .collect();
    let y: Vec<f64> = walk.iter().map(|walk| 1e9 + 1e-3 * walk).collect();
    for method in Method::ALL {
        let (Some(high), Some(low)) = (fit(method, &y, &[]), fit(method, &walk, &[])) else { continue };
        let (high, low) = (high.forecast(5), low.forecast(5));
        for h in 0..5 {
            // Numbers at a billion lie 1.2e-7 apart.
            assert!(((high.mean[h] - 1e9) * 1e3 - low.mean[h]).abs() < 0.05, "{method:?}: {high:?} {low:?}");
            assert!((high.sd[h] * 1e3 / low.sd[h] - 1.0).abs() < 0.05, "{method:?}: {high:?} {low:?}");
        }
    }
}

#[test]
fn intervals_of_random_walks_hold() {
    let mut noise = Noise(8);
    let mut inside = [0; 3];
    let methods = [Method::LastValue, Method::Ets, Method::Ar];
    let runs = 200;
    for _ in 0..runs {
        let mut level = 0.0;
        let walk: Vec<f64> = (0..132)
            .map(|_| {
                level += noise.normal();
                level
            })
            .collect();
        for (count, method) in inside.iter_mut().zip(methods) {
            let forecast = fit(method, &walk[..124], &[]).unwrap().forecast(8);
            *count += (0..8).filter(|&h| (forecast.mean[h] - walk[124 + h]).abs() <= 1.96 * forecast.sd[h]).count();
        }
    }
    for (count, method) in inside.iter().zip(methods) {
        let share = *count as f64 / (8 * runs) as f64;
        assert!((0.88..=0.98).contains(&share), "{method:?} covers {share}");
    }
}

#[test]
fn demand_is_spread_over_its_intervals() {
    let mut noise = Noise(9);
    let y: Vec<f64> = (0..400).map(|_| if noise.uniform() < 0.25 { 1.0 + (8.0 * noise.uniform()).floor() } else { 0.0 }).collect();
    for method in [Method::Croston, Method::Tsb] {
        // A quarter of the rows with demands of 4.5.
        let forecast = fit(method, &y, &[]).unwrap().forecast(3);
        assert!((forecast.mean[0] - 1.125).abs() < 0.45, "{method:?}: {forecast:?}");
        assert!((1.8..3.0).contains(&forecast.sd[0]), "{method:?}: {forecast:?}");
    }
}
