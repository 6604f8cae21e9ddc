//! Sizes of memory as people write them.

/// Letters behind a number, each 1024 times the one before.
const UNITS: [char; 5] = ['K', 'M', 'G', 'T', 'P'];

/// Bytes of a size such as `4G`, `512M`, `1.5 GiB`; each letter is 1024 times the one before, a number alone is bytes.
///
/// # Errors
/// Says what is wrong and shows how a size is written.
pub fn parse(size: &str) -> Result<u64, String> {
    const SHAPE: &str = "write a size such as 4G, 512M or 1.5G";
    let trimmed = size.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let number: f64 = number.parse().map_err(|_| format!("\"{size}\" does not begin with a number; {SHAPE}"))?;
    let unit = unit.trim_start().to_uppercase();
    let mut letters = unit.chars();
    let power = match letters.next() {
        None => 0,
        Some('B') if letters.as_str().is_empty() => 0,
        Some(letter) => {
            let power = UNITS.iter().position(|known| *known == letter).map(|at| at + 1);
            power.filter(|_| ["", "B", "IB"].contains(&letters.as_str())).ok_or_else(|| format!("\"{unit}\" is no unit; {SHAPE}"))?
        }
    };
    let bytes = number * 1024_f64.powi(power as i32);
    if bytes < 1.0 {
        return Err(format!("\"{size}\" leaves no memory; {SHAPE}"));
    }
    if bytes >= u64::MAX as f64 {
        return Err(format!("\"{size}\" is more than any machine has; {SHAPE}"));
    }
    Ok(bytes as u64)
}

/// A number of bytes for people: `24.4 GiB`.
pub fn text(bytes: u128) -> String {
    let (mut size, mut unit) = (bytes as f64, None);
    for letter in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = Some(letter);
    }
    match unit {
        None => format!("{bytes} bytes"),
        Some(_) if size >= 1e6 => format!("{size:.0e} PiB"),
        Some(letter) => format!("{size:.1} {letter}iB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        let sizes = [
            ("4G", 4 << 30),
            (" 4 g ", 4 << 30),
            ("4GB", 4 << 30),
            ("4GiB", 4 << 30),
            ("1.5k", 1536),
            ("100", 100),
            ("100B", 100),
            ("2T", 2 << 40),
            ("512M", 512 << 20),
        ];
        for (size, bytes) in sizes {
            assert_eq!(parse(size), Ok(bytes), "{size}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_an_example() {
        for size in
            ["", "G", "four", "-1", "-4G", "0", "0G", "0.1", "nan", "inf", "1.2.3G", "4X", "4GG", "4 G 2", "1e9", "99999999999P", "4iB"]
        {
            let error = parse(size).unwrap_err();
            assert!(error.contains("4G"), "{size}: {error}");
        }
    }

    #[test]
    fn sizes_are_told() {
        let told = [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1 << 20, "1.0 MiB"),
            (26_199_000_000, "24.4 GiB"),
            (72 << 50, "72.0 PiB"),
            (u128::MAX, "3e23 PiB"),
        ];
        for (bytes, expected) in told {
            assert_eq!(text(bytes), expected);
        }
    }
}
