//! Barcodes and serials as printed on real boxes: with check digits that are right.

use super::random::Random;

/// Letters on rating plates: none that is read as a digit.
const PLATE_LETTERS: &[u8] = b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789";

/// A large prime, so that neighbours do not look alike.
const SCATTER: u64 = 7_368_787;

/// How the serials of a SKU look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerialKind {
    /// 15 digits, the last a Luhn check digit.
    Luhn,
    /// 19 digits beginning with 89, the last a Luhn check digit.
    Iccid,
    /// Letters and digits from a rating plate.
    Plate,
    None,
}

impl SerialKind {
    /// A serial of this kind. `model` is what units of one SKU have in common.
    pub fn serial(self, model: usize, random: &mut Random) -> String {
        match self {
            SerialKind::Luhn => luhn(format!("35{:06}{}", 200_000 + model, random.digits(6))),
            SerialKind::Iccid => luhn(format!("8965{:04}{}", model, random.digits(10))),
            SerialKind::Plate | SerialKind::None => plate(model, random),
        }
    }

    /// The serial of a unit that came later, by its number of this model. None is given twice, nor
    /// is any of [`SerialKind::serial`]'s: another type code, another production year.
    pub fn later_serial(self, model: usize, number: u64) -> String {
        match self {
            SerialKind::Luhn => luhn(format!("35{:06}{:06}", 600_000 + model, scattered(number, 1_000_000))),
            SerialKind::Iccid => luhn(format!("8965{:04}{:010}", 5_000 + model, scattered(number, 10_000_000_000))),
            SerialKind::Plate | SerialKind::None => {
                let letters = PLATE_LETTERS.len() as u64;
                let rest = scattered(number, letters.pow(6));
                let rest: String = (0..6).map(|place| letter((rest / letters.pow(place) % letters) as usize)).collect();
                format!("{}7{:02}{rest}", maker(model), 1 + number % 52)
            }
        }
    }
}

/// An EAN-13 from the range that shops give out themselves.
pub fn ean13(number: usize) -> String {
    let digits = format!("21{number:010}");
    let weighted = digits.bytes().enumerate().map(|(index, digit)| u32::from(digit - b'0') * if index % 2 == 0 { 1 } else { 3 });
    let check = (10 - weighted.sum::<u32>() % 10) % 10;
    format!("{digits}{check}")
}

fn plate(model: usize, random: &mut Random) -> String {
    let week = 1 + random.below(52);
    let rest: String = (0..6).map(|_| letter(random.below(PLATE_LETTERS.len()))).collect();
    format!("{}6{week:02}{rest}", maker(model))
}

fn maker(model: usize) -> String {
    [model / 23, model / 7, model].into_iter().map(|index| letter(index % 23)).collect()
}

fn letter(index: usize) -> char {
    char::from(PLATE_LETTERS[index % PLATE_LETTERS.len()])
}

/// Another number below `range` for each number below it: the factor, a prime, divides no range
/// used here.
fn scattered(number: u64, range: u64) -> u64 {
    number * SCATTER % range
}

/// Appends the digit that makes the Luhn sum a multiple of ten.
fn luhn(digits: String) -> String {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.bytes().rev().map(|digit| u32::from(digit - b'0')).enumerate();
    let sum: u32 = values.map(|(index, digit)| if index % 2 == 0 { doubled(digit) } else { digit }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_right() {
        assert_eq!(luhn("49015420323751".into()), "490154203237518");
        assert_eq!(luhn("7992739871".into()), "79927398713");
        assert_eq!(ean13(0), "2100000000005");
        assert_eq!(ean13(1_234_567_890), "2112345678900");
    }
}
