//! Numbers of few bits.
#![cfg(any(feature = "parquet", feature = "arrow"))]

/// A number of two, four or eight bytes, the lowest first.
#[cfg(feature = "arrow")]
pub(super) fn float(bytes: &[u8]) -> f64 {
    match *bytes {
        [a, b] => half([a, b]),
        [a, b, c, d] => shortest(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

/// A number of 32 bits as the number of the shortest digits that mean it: 0.1 stays 0.1.
pub(super) fn shortest(value: f32) -> f64 {
    if value.is_finite() { value.to_string().parse().unwrap_or(f64::from(value)) } else { f64::from(value) }
}

/// A number of sixteen bits.
pub(super) fn half(bytes: [u8; 2]) -> f64 {
    let bits = u16::from_le_bytes(bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * f64::powi(2.0, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * f64::powi(2.0, exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_what_they_say() {
        for (bits, value) in
            [(0x3c00_u16, 1.0), (0xc000, -2.0), (0x0001, 5.960_464_477_539_063e-8), (0x7bff, 65504.0), (0xfc00, f64::NEG_INFINITY)]
        {
            assert_eq!(half(bits.to_le_bytes()), value);
        }
        assert!(half([0, 0x7e]).is_nan());
        assert_eq!((shortest(0.1), shortest(16_777_217.0)), (0.1, 16_777_216.0));
    }
}
