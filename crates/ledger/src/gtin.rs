//! Numbers of trade items, as barcodes bear them.
//!
//! GS1 keeps one number for one article and writes it in 8, 12, 13 or 14 digits; zeros in front make a
//! short one long (General Specifications, "GTIN structures"). UPC-E leaves zeros out of the middle of
//! some numbers of 12. Which of these a scanner sends is a setting of the scanner, and which one stands
//! in the catalogue is the habit of whoever typed it, so that each finds all others.
//!
//! A first digit from 1 to 9 of 14 names a case of the article, which is another article.

/// All ways to write the number that the code holds, the code itself first. A code that is no number
/// with the right check digit has one way.
///
/// Eight digits may be two numbers, an EAN-8 and a UPC-E; then they are written as either.
pub fn spellings(code: &str) -> Vec<String> {
    let mut found = vec![code.to_owned()];
    let whole = [Some(code.to_owned()), long_of_upc_e(code)].into_iter().flatten().filter(|number| is_gtin(number));
    for number in whole.collect::<Vec<_>>() {
        let long = format!("{number:0>14}");
        let shorter = [14, 13, 12, 8].into_iter().filter_map(|digits| without_zeros(&long, digits));
        for spelling in shorter.chain(upc_e_of(&long)) {
            if !found.contains(&spelling) {
                found.push(spelling);
            }
        }
    }
    found
}

/// Whether two codes are the same, or one number in two ways.
pub fn is_same(code: &str, other: &str) -> bool {
    spellings(code).iter().any(|spelling| spelling == other)
}

fn is_gtin(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|byte| byte.is_ascii_digit()) && check_digit_fits(text)
}

/// Weights 3 and 1 from the right; the sum with the check digit ends in 0.
fn check_digit_fits(digits: &str) -> bool {
    let weighted = digits.bytes().rev().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    weighted.sum::<u32>().is_multiple_of(10)
}

/// The last `digits` of 14, if nothing but zeros stands in front.
fn without_zeros(long: &str, digits: usize) -> Option<String> {
    let (zeros, rest) = long.split_at(long.len() - digits);
    zeros.bytes().all(|byte| byte == b'0').then(|| rest.to_owned())
}

/// The 12 digits that 8 of UPC-E stand for: number system, six digits, check digit. The last of the six
/// says where the zeros were.
fn long_of_upc_e(code: &str) -> Option<String> {
    let is_upc_e = code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()) && code.starts_with(['0', '1']);
    let (system, six, check) = is_upc_e.then(|| (&code[..1], &code[1..7], &code[7..]))?;
    let inner = match &six[5..] {
        last @ ("0" | "1" | "2") => format!("{}{last}0000{}", &six[..2], &six[2..5]),
        "3" => format!("{}00000{}", &six[..3], &six[3..5]),
        "4" => format!("{}00000{}", &six[..4], &six[4..5]),
        last => format!("{}0000{last}", &six[..5]),
    };
    Some(format!("{system}{inner}{check}"))
}

/// The UPC-E of a number of 12 digits, if it has one.
fn upc_e_of(long: &str) -> Option<String> {
    let upc = without_zeros(long, 12)?;
    let (maker, item) = (&upc[1..6], &upc[6..11]);
    let six = match () {
        () if matches!(&maker[2..], "000" | "100" | "200") && item.starts_with("00") => format!("{}{}{}", &maker[..2], &item[2..], &maker[2..3]),
        () if maker.ends_with("00") && item.starts_with("000") => format!("{}{}3", &maker[..3], &item[3..]),
        () if maker.ends_with('0') && item.starts_with("0000") => format!("{}{}4", &maker[..4], &item[4..]),
        () if item.starts_with("0000") && item >= "00005" => format!("{maker}{}", &item[4..]),
        () => return None,
    };
    let short = format!("{}{six}{}", &upc[..1], &upc[11..]);
    (long_of_upc_e(&short)? == upc).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of a line finds all others of it, and itself first.
    #[test]
    fn one_number_is_written_in_several_ways() {
        let check = |line: &str| {
            let all: Vec<&str> = line.split(' ').collect();
            for code in &all {
                let found = spellings(code);
                assert_eq!(found[0], *code);
                let mut sorted: Vec<&str> = found.iter().map(String::as_str).collect();
                sorted.sort_unstable_by_key(|spelling| std::cmp::Reverse(spelling.len()));
                assert_eq!(sorted, all, "{code}");
            }
        };
        check("04006381333931 4006381333931");
        check("00036000291452 0036000291452 036000291452");
        check("00000096385074 0000096385074 000096385074 96385074");
        // UPC-E by the last of its six digits, which says where zeros are left out: 0 to 2, 3 and 4.
        check("00012000003455 0012000003455 012000003455 01234505");
        check("00042100005264 0042100005264 042100005264 04252614");
        check("00012300000451 0012300000451 012300000451 01234531");
        check("00012340000053 0012340000053 012340000053 01234543");
        // A case is another article than what is in it.
        check("14006381333938");
        // No numbers: a check digit that does not fit, other lengths, other characters.
        check("4006381333932");
        check("400638133393");
        check("SN-12345");
        check("40063813339é1");
        check("1");
    }

    /// Eight digits whose sixth after the first is 5 to 9 pass for both, and find either.
    #[test]
    fn eight_digits_may_be_two_numbers() {
        for (short, upc) in [("01234558", "012345000058"), ("09876453", "098764000053"), ("11234593", "112345000093")] {
            let ean = format!("{short:0>14}");
            assert!(is_same(short, upc) && is_same(upc, short) && is_same(short, &format!("00{upc}")), "{short}");
            assert!(is_same(short, &ean) && is_same(&ean, short), "{short}");
            assert!(!is_same(upc, &ean) && !is_same(&ean, upc), "{short}");
        }
    }
}
