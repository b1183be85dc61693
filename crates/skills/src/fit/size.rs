//! Employees as numbers and ranges. Guesses nothing from a name.

/// From and to, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Employees {
    /// Fewest.
    pub from: u64,
    /// Most; `u64::MAX` for `5000+`.
    pub to: u64,
}

impl Employees {
    /// Of `51-200`, `51–200 employees`, `1,000`, `500+`, `1k-5k`, `<50`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.to_lowercase().replace([',', ' '], "").replace(['–', '—'], "-").replace("to", "-");
        let number = |text: &str| -> Option<u64> {
            let digits: String =
                text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            let value: u64 = digits.parse().ok()?;
            let after = text.chars().skip_while(|c| !c.is_ascii_digit()).nth(digits.len());
            Some(if after == Some('k') { value.saturating_mul(1_000) } else { value })
        };
        if let Some((from, to)) = text.split_once('-')
            && let (Some(from), Some(to)) = (number(from), number(to))
        {
            return (from <= to).then_some(Self { from, to });
        }
        let one = number(&text)?;
        Some(if text.contains('+') || text.starts_with('>') {
            Self { from: one, to: u64::MAX }
        } else if text.starts_with('<') {
            Self { from: 0, to: one }
        } else {
            Self { from: one, to: one }
        })
    }

    /// How much of the company's range lies in the wanted one: 1 inside, 0.5 when they touch or are within a factor of two, else 0.
    #[must_use]
    pub fn within(self, wanted: Self) -> f64 {
        if self.from >= wanted.from && self.to <= wanted.to {
            return 1.0;
        }
        let near = self.to.saturating_mul(2) >= wanted.from && self.from <= wanted.to.saturating_mul(2);
        if near { 0.5 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Employees;

    #[test]
    fn ranges_in_any_dress() {
        for (text, from, to) in [
            ("51-200", 51, 200),
            ("51–200 employees", 51, 200),
            ("1,000", 1_000, 1_000),
            ("500+", 500, u64::MAX),
            ("1k-5k", 1_000, 5_000),
            ("<50", 0, 50),
            ("11 to 50", 11, 50),
        ] {
            assert_eq!(Employees::read(text), Some(Employees { from, to }), "{text}");
        }
        assert_eq!(Employees::read("many"), None);
        assert_eq!(Employees::read("200-51"), None);
        let range = |text| Employees::read(text).expect("a range");
        assert_eq!(range("51-200").within(range("51-500")), 1.0);
        assert_eq!(range("201-1000").within(range("51-500")), 0.5);
        assert_eq!(range("5000+").within(range("51-500")), 0.0);
    }
}
